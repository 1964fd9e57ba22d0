-- Customer texts by main topic, with the part of them that is negative.
SELECT
    topics[1] AS topic,
    count() AS messages,
    countIf(sentiment = 'negative') AS negative,
    negative / messages AS negative_share
FROM messages
WHERE sender = 'customer' AND topic != ''
    AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND occurred_at < fromUnixTimestamp64Milli({to_ms:Int64})
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({topics:Array(String)}) OR topic IN {topics:Array(String)})
GROUP BY topic
ORDER BY messages DESC, topic
LIMIT 20
