-- Recomputes the given hours from the facts, by the main topic and the product.
-- Existing keys come in without a fact, so that a key no fact belongs to any more is withdrawn.
INSERT INTO rollup_hour
WITH
    toDateTime({first:UInt32}) AS first_hour,
    toDateTime({last:UInt32}) AS last_hour
SELECT
    hour,
    shop_id,
    channel,
    topic,
    product_id,
    sum(customer),
    sum(sentiment = 'negative'),
    sum(sentiment = 'neutral'),
    sum(sentiment = 'positive'),
    sum(state != ''),
    sum(state = 'unanswered'),
    sum(rating),
    sum(satisfied),
    {version:UInt64},
    max(fact) = 0
FROM
(
    SELECT
        toStartOfHour(toDateTime(occurred_at)) AS hour, shop_id, channel, topics[1] AS topic, product_id,
        1 AS customer, toString(sentiment) AS sentiment, '' AS state, 0 AS rating, 0 AS satisfied, 1 AS fact
    FROM messages
    WHERE occurred_at >= first_hour AND occurred_at < last_hour + 3600 AND sender = 'customer'
        AND toUnixTimestamp(hour) IN {hours:Array(UInt32)}
    UNION ALL
    SELECT
        toStartOfHour(toDateTime(occurred_at)) AS hour, shop_id, channel, topics[1] AS topic, product_id,
        0, '', toString(state), 0, 0, 1
    FROM turns
    WHERE occurred_at >= first_hour AND occurred_at < last_hour + 3600 AND state != 'open'
        AND toUnixTimestamp(hour) IN {hours:Array(UInt32)}
    UNION ALL
    SELECT
        toStartOfHour(toDateTime(rated.occurred_at)) AS hour, rated.shop_id, rated.channel, about.topic,
        if(rated.product_id = '', about.product_id, rated.product_id), 0, '', '', 1, toUInt8(rated.satisfied), 1
    FROM ratings AS rated
    LEFT JOIN
    (
        SELECT shop_id, channel, conversation_id, topic, product_id
        FROM conversations
        WHERE (shop_id, channel, conversation_id) IN (
            SELECT shop_id, channel, conversation_id FROM ratings
            WHERE occurred_at >= first_hour AND occurred_at < last_hour + 3600)
    ) AS about USING (shop_id, channel, conversation_id)
    WHERE rated.occurred_at >= first_hour AND rated.occurred_at < last_hour + 3600
        AND toUnixTimestamp(hour) IN {hours:Array(UInt32)}
    UNION ALL
    SELECT hour, shop_id, channel, topic, product_id, 0, '', '', 0, 0, 0
    FROM rollup_hour
    WHERE hour >= first_hour AND hour <= last_hour AND toUnixTimestamp(hour) IN {hours:Array(UInt32)}
)
GROUP BY hour, shop_id, channel, topic, product_id
