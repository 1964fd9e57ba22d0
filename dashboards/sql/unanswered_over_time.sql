-- Unanswered share of the questions with a verdict, by bucket.
WITH
    fromUnixTimestamp64Milli({from_ms:Int64}) AS range_from,
    fromUnixTimestamp64Milli({to_ms:Int64}) AS range_to,
    intDiv({to_ms:Int64} - {from_ms:Int64}, 60000) AS minutes,
    toUInt32(multiIf(minutes <= 30, 120, minutes <= 120, 300, minutes <= 360, 900,
        minutes <= 1440, 3600, minutes <= 10080, 21600, 43200)) AS step
SELECT
    toStartOfInterval(toDateTime(occurred_at), toIntervalSecond(step)) AS time,
    toNullable(countIf(state = 'unanswered') / count()) AS value,
    count() AS n
FROM turns
WHERE state != 'open'
    AND occurred_at >= toStartOfInterval(toDateTime(range_from), toIntervalSecond(step)) AND occurred_at < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
    AND (empty({topics:Array(String)}) OR topics[1] IN {topics:Array(String)})
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond(step)
LIMIT 1000
