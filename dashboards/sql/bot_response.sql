-- Response time of bot in milliseconds, p50, p90 and p99, merged from the t-digests of the minutes.
WITH
    toStartOfMinute(toDateTime(intDiv({from_ms:Int64}, 1000))) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    range_from - (range_to - range_from) AS before_from,
    quantilesTDigestMergeIf(0.5, 0.9, 0.99)(bot_response, minute >= range_from) AS q,
    quantilesTDigestMergeIf(0.5, 0.9, 0.99)(bot_response, minute < range_from) AS q_before
SELECT
    if(isNaN(q[1]), NULL, q[1]) AS value,
    if(isNaN(q[2]), NULL, q[2]) AS p90,
    if(isNaN(q[3]), NULL, q[3]) AS p99,
    if(isNaN(q_before[1]), NULL, q_before[1]) AS previous
FROM rollup_minute
WHERE minute >= before_from AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
LIMIT 1
