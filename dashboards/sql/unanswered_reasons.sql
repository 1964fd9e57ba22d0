-- Why questions went unanswered. A question may have several reasons, so the counts
-- may add up to more than the questions.
SELECT
    arrayJoin(reasons) AS reason,
    count() AS questions
FROM turns
WHERE state = 'unanswered'
    AND occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND occurred_at < fromUnixTimestamp64Milli({to_ms:Int64})
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
    AND (empty({topics:Array(String)}) OR topics[1] IN {topics:Array(String)})
GROUP BY reason
ORDER BY questions DESC, reason
LIMIT 20
