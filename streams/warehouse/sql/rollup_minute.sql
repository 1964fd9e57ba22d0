-- Recomputes the given minutes from the facts. Existing keys come in without a fact, so
-- that a key no fact belongs to any more (a verdict moved to another bot version) is withdrawn.
INSERT INTO rollup_minute
WITH
    toDateTime({first:UInt32}) AS first_minute,
    toDateTime({last:UInt32}) AS last_minute
SELECT
    minute,
    shop_id,
    channel,
    bot_version,
    sum(sender = 'customer'),
    sum(sender = 'bot'),
    sum(sender = 'agent'),
    sum(sentiment = 'negative'),
    sum(sentiment = 'neutral'),
    sum(sentiment = 'positive'),
    sum(state != ''),
    sum(state = 'unanswered'),
    sum(rating),
    sum(satisfied),
    quantilesTDigestStateIf(0.5, 0.9, 0.99)(assumeNotNull(response_ms), isNotNull(response_ms) AND responder = 'bot'),
    quantilesTDigestStateIf(0.5, 0.9, 0.99)(assumeNotNull(response_ms), isNotNull(response_ms) AND responder = 'agent'),
    {version:UInt64},
    max(fact) = 0
FROM
(
    SELECT
        toStartOfMinute(toDateTime(occurred_at)) AS minute, shop_id, channel, bot_version,
        sender, if(sender = 'customer', sentiment, '') AS sentiment, '' AS state, 0 AS rating, 0 AS satisfied,
        CAST(NULL, 'Nullable(UInt64)') AS response_ms, '' AS responder, 1 AS fact
    FROM messages
    WHERE occurred_at >= first_minute AND occurred_at < last_minute + 60
        AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
    UNION ALL
    SELECT
        toStartOfMinute(toDateTime(occurred_at)) AS minute, shop_id, channel, bot_version,
        '', '', toString(state), 0, 0, response_ms, toString(responder), 1
    FROM turns
    WHERE occurred_at >= first_minute AND occurred_at < last_minute + 60 AND state != 'open'
        AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
    UNION ALL
    SELECT
        toStartOfMinute(toDateTime(rated.occurred_at)) AS minute, rated.shop_id, rated.channel, about.bot_version,
        '', '', '', 1, toUInt8(rated.satisfied), NULL, '', 1
    FROM ratings AS rated
    LEFT JOIN
    (
        SELECT shop_id, channel, conversation_id, bot_version
        FROM conversations
        WHERE (shop_id, channel, conversation_id) IN (
            SELECT shop_id, channel, conversation_id FROM ratings
            WHERE occurred_at >= first_minute AND occurred_at < last_minute + 60)
    ) AS about USING (shop_id, channel, conversation_id)
    WHERE rated.occurred_at >= first_minute AND rated.occurred_at < last_minute + 60
        AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
    UNION ALL
    SELECT minute, shop_id, channel, bot_version, '', '', '', 0, 0, NULL, '', 0
    FROM rollup_minute
    WHERE minute >= first_minute AND minute <= last_minute AND toUnixTimestamp(minute) IN {minutes:Array(UInt32)}
)
GROUP BY minute, shop_id, channel, bot_version
