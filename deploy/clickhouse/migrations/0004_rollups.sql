-- Rollups: recomputed from the facts for the minutes and hours that a commit touched
-- (streams/warehouse/sql/rollup_*.sql), never summed by insert-time views, which come
-- out wrong after crashes. The newest computation of a key wins.
-- Two narrow rollups instead of one wide one: all dimensions in one minute table
-- would be nearly as many rows as messages.

CREATE TABLE IF NOT EXISTS rollup_minute
(
    minute            DateTime CODEC(Delta, ZSTD(1)),
    shop_id           LowCardinality(String),
    channel           LowCardinality(String),
    bot_version       LowCardinality(String),
    customer_messages UInt64,
    bot_messages      UInt64,
    agent_messages    UInt64,
    negative          UInt64,
    neutral           UInt64,
    positive          UInt64,
    questions         UInt64,
    unanswered        UInt64,
    ratings           UInt64,
    satisfied         UInt64,
    bot_response      AggregateFunction(quantilesTDigest(0.5, 0.9, 0.99), UInt64),
    agent_response    AggregateFunction(quantilesTDigest(0.5, 0.9, 0.99), UInt64),
    version           UInt64,
    is_deleted        UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(minute, 'UTC')
ORDER BY (minute, shop_id, channel, bot_version);

CREATE TABLE IF NOT EXISTS rollup_hour
(
    hour              DateTime CODEC(Delta, ZSTD(1)),
    shop_id           LowCardinality(String),
    channel           LowCardinality(String),
    topic             LowCardinality(String),
    product_id        String,
    customer_messages UInt64,
    negative          UInt64,
    neutral           UInt64,
    positive          UInt64,
    questions         UInt64,
    unanswered        UInt64,
    ratings           UInt64,
    satisfied         UInt64,
    version           UInt64,
    is_deleted        UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(hour, 'UTC')
ORDER BY (hour, shop_id, channel, topic, product_id);
