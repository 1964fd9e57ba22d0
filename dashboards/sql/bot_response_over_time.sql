-- Response time of bot in milliseconds by bucket, p50, p90 and p99.
WITH
    toDateTime(intDiv({from_ms:Int64}, 1000)) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    intDiv({to_ms:Int64} - {from_ms:Int64}, 60000) AS minutes,
    toUInt32(multiIf(minutes <= 30, 120, minutes <= 120, 300, minutes <= 360, 900,
        minutes <= 1440, 3600, minutes <= 10080, 21600, 43200)) AS step,
    quantilesTDigestMerge(0.5, 0.9, 0.99)(bot_response) AS q
SELECT
    toStartOfInterval(minute, toIntervalSecond(step)) AS time,
    if(isNaN(q[1]), NULL, q[1]) AS p50,
    if(isNaN(q[2]), NULL, q[2]) AS p90,
    if(isNaN(q[3]), NULL, q[3]) AS p99
FROM rollup_minute
WHERE minute >= toStartOfInterval(range_from, toIntervalSecond(step)) AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond(step)
LIMIT 1000
