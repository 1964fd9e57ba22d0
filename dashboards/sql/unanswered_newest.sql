-- The newest unanswered questions; the text was masked before it was stored.
SELECT
    occurred_at AS time,
    shop_id AS shop,
    channel,
    topics[1] AS topic,
    text,
    reasons,
    bot_version,
    conversation_id
FROM turns
WHERE state = 'unanswered'
    AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND occurred_at < fromUnixTimestamp64Milli({to_ms:Int64})
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
    AND (empty({topics:Array(String)}) OR topics[1] IN {topics:Array(String)})
ORDER BY occurred_at DESC, event_id
LIMIT 50
