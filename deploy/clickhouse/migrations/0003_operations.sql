-- What keeps the books: progress, dead letters, annotations, rollups to refresh.

-- One row per source, the newest position wins; written last in every commit.
CREATE TABLE IF NOT EXISTS checkpoints
(
    source        String,
    position      UInt64,
    received      UInt64,
    stored        UInt64,
    duplicates    UInt64,
    dead_letters  UInt64,
    watermark     DateTime64(3),
    prefix_digest String
)
ENGINE = ReplacingMergeTree(position)
ORDER BY source;

CREATE TABLE IF NOT EXISTS dead_letters
(
    source    String,
    position  UInt64,
    reason    LowCardinality(String),
    detail    String CODEC(ZSTD(3)),
    raw       String CODEC(ZSTD(3)),
    raw_bytes UInt64,
    replayed  UInt8,
    version   UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (source, position);

CREATE TABLE IF NOT EXISTS releases
(
    release_id String,
    kind       LowCardinality(String),
    starts_at  DateTime64(3),
    ends_at    Nullable(DateTime64(3)),
    shop_id    LowCardinality(String),
    title      String,
    detail     String
)
ENGINE = ReplacingMergeTree
ORDER BY release_id;

-- Minutes touched since their rollups were computed. Marked before the facts are
-- written and cleared after the rollups are, so a crash in between leaves the mark.
CREATE TABLE IF NOT EXISTS dirty_minutes
(
    minute  DateTime,
    dirty   UInt8,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY minute;
