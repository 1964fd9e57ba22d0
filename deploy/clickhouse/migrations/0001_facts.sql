-- Facts: what happened, one row per event, keyed so that writing an event again
-- (a replay after a crash) replaces it with itself. Every column of a sorting or
-- partition key comes from the event and never changes.

-- ReplacingMergeTree: a batch whose outcome was unknown is written again.
-- ORDER BY: dashboards filter by shop, channel and time; event_id makes the key unique.
-- Partition by month: TTL drops whole parts, and FINAL need not merge across months.
-- bloom_filter on conversation_id: a conversation is read back by its id.
-- bloom_filter on event_id: duplicates are looked up by id.
-- ngrambf on text: trainers search for substrings; Chinese has no spaces to split by.
CREATE TABLE IF NOT EXISTS messages
(
    event_id          String,
    type              LowCardinality(String),
    occurred_at       DateTime64(3) CODEC(Delta, ZSTD(1)),
    shop_id           LowCardinality(String),
    channel           LowCardinality(String),
    conversation_id   String,
    customer_id       String,
    customer_segment  LowCardinality(String),
    product_id        String,
    product_name      String,
    order_id          String,
    sender            LowCardinality(String),
    content_type      LowCardinality(String),
    text              String CODEC(ZSTD(3)),
    bot_version       LowCardinality(String),
    bot_intent        LowCardinality(String),
    bot_confidence    Nullable(Float32),
    answer_id         String,
    is_fallback       Nullable(Bool),
    agent_id          String,
    rating            Nullable(UInt8),
    reply_text        String CODEC(ZSTD(3)),
    category          LowCardinality(String),
    sentiment         LowCardinality(String),
    sentiment_score   Float32,
    topics            Array(LowCardinality(String)),
    nature            LowCardinality(String),
    urgency           LowCardinality(String),
    is_question       Bool,
    keywords          Array(String),
    attrs             String CODEC(ZSTD(3)),
    source            LowCardinality(String),
    position          UInt64,
    INDEX by_conversation conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_event event_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_text text TYPE ngrambf_v1(2, 4096, 2, 0) GRANULARITY 4
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(occurred_at, 'UTC')
ORDER BY (shop_id, channel, occurred_at, event_id);

-- Status events are few: no partitions, and the key starts with the conversation
-- because that is how they are read.
CREATE TABLE IF NOT EXISTS statuses
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
    order_id          String,
    status            LowCardinality(String),
    reason            LowCardinality(String),
    attrs             String CODEC(ZSTD(3)),
    source            LowCardinality(String),
    position          UInt64,
    INDEX by_event event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (shop_id, channel, conversation_id, occurred_at, event_id);

-- Ratings come late and are joined to their conversation, so they are sorted like it.
CREATE TABLE IF NOT EXISTS ratings
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
    order_id          String,
    score             Float32,
    scale_max         Float32,
    satisfied         Bool,
    comment           String CODEC(ZSTD(3)),
    about_event_id    String,
    attrs             String CODEC(ZSTD(3)),
    source            LowCardinality(String),
    position          UInt64,
    INDEX by_event event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (shop_id, channel, conversation_id, occurred_at, event_id);
