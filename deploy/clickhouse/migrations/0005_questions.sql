-- The question database: what customers ask, by wording, in clusters whose ids stay.

-- The number of a question's wording, by which it finds its cluster: clusters change, turns need not.
ALTER TABLE turns ADD COLUMN IF NOT EXISTS wording UInt64;

-- The same for reviews and complaints, which have no turns; 0 where nothing is asked.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS wording UInt64;

-- One row a wording, not a question: a tenth of the rows, and moving one moves all its questions.
CREATE TABLE IF NOT EXISTS wordings
(
    wording     UInt64,
    text        String CODEC(ZSTD(3)),
    cluster_id  String,
    first_asked DateTime64(3),
    asked       UInt64,
    settled     Bool,
    pinned      Bool,
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY wording;

-- merged_into: an id that stands in somebody's notes must still lead somewhere.
CREATE TABLE IF NOT EXISTS clusters
(
    cluster_id  String,
    canonical   String CODEC(ZSTD(3)),
    keywords    Array(String),
    first_asked DateTime64(3),
    merged_into String,
    named_by    LowCardinality(String),
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY cluster_id;
