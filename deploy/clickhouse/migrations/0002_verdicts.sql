-- Verdicts: derived from facts, recomputed whenever a fact of the conversation
-- arrives. The version grows with the facts considered, so the best informed row wins.

-- is_deleted: a message that turned out to be a part of another question withdraws its row.
-- Partition by the month of the asking message, which never changes for a key.
CREATE TABLE IF NOT EXISTS turns
(
    event_id          String,
    occurred_at       DateTime64(3) CODEC(Delta, ZSTD(1)),
    shop_id           LowCardinality(String),
    channel           LowCardinality(String),
    conversation_id   String,
    customer_id       String,
    customer_segment  LowCardinality(String),
    product_id        String,
    product_name      String,
    asked_at          DateTime64(3) CODEC(Delta, ZSTD(1)),
    text              String CODEC(ZSTD(3)),
    group_event_ids   Array(String),
    topics            Array(LowCardinality(String)),
    nature            LowCardinality(String),
    urgency           LowCardinality(String),
    sentiment         LowCardinality(String),
    keywords          Array(String),
    state             LowCardinality(String),
    reasons           Array(LowCardinality(String)),
    score             Float32,
    evidence          Map(LowCardinality(String), Array(String)),
    responder         LowCardinality(String),
    reply_event_id    String,
    response_ms       Nullable(UInt64),
    bot_version       LowCardinality(String),
    bot_intent        LowCardinality(String),
    bot_confidence    Nullable(Float32),
    version           UInt64,
    is_deleted        UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(occurred_at, 'UTC')
ORDER BY (shop_id, channel, occurred_at, event_id);

-- No partitions: the start of a conversation moves when an earlier message arrives late,
-- and rows of one key must stay in one partition to replace each other.
CREATE TABLE IF NOT EXISTS conversations
(
    shop_id           LowCardinality(String),
    channel           LowCardinality(String),
    conversation_id   String,
    customer_id       String,
    customer_segment  LowCardinality(String),
    product_id        String,
    product_name      String,
    started_at        DateTime64(3) CODEC(Delta, ZSTD(1)),
    last_at           DateTime64(3) CODEC(Delta, ZSTD(1)),
    customer_messages UInt32,
    bot_messages      UInt32,
    agent_messages    UInt32,
    questions         UInt32,
    unanswered        UInt32,
    handed_off        Bool,
    closed            Bool,
    bot_version       LowCardinality(String),
    topic             LowCardinality(String),
    sentiment         LowCardinality(String),
    first_response_ms Nullable(UInt64),
    agent_wait_ms     Nullable(UInt64),
    csat              Nullable(Float32),
    version           UInt64,
    INDEX by_start started_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (shop_id, channel, conversation_id);
