-- One line a shop: volume, unanswered share, satisfied share with its sample, negative share.
WITH
    toStartOfMinute(toDateTime(intDiv({from_ms:Int64}, 1000))) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to
SELECT
    shop_id AS shop,
    sum(customer_messages + bot_messages + agent_messages) AS messages,
    sum(rollup_minute.unanswered) / nullIf(sum(rollup_minute.questions), 0) AS unanswered_rate,
    sum(rollup_minute.questions) AS questions,
    sum(satisfied) / nullIf(sum(rollup_minute.ratings), 0) AS csat,
    sum(rollup_minute.ratings) AS ratings,
    sum(negative) / nullIf(texts, 0) AS negative_share,
    sum(negative + neutral + positive) AS texts
FROM rollup_minute
WHERE minute >= range_from AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
GROUP BY shop
ORDER BY messages DESC, shop
LIMIT 100
