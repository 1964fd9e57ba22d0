-- Shares of negative, neutral and positive customer texts by bucket; they add up to one.
WITH
    toDateTime(intDiv({from_ms:Int64}, 1000)) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    intDiv({to_ms:Int64} - {from_ms:Int64}, 60000) AS minutes,
    toUInt32(multiIf(minutes <= 30, 120, minutes <= 120, 300, minutes <= 360, 900,
        minutes <= 1440, 3600, minutes <= 10080, 21600, 43200)) AS step,
    nullIf(sum(negative + neutral + positive), 0) AS judged
SELECT
    toStartOfInterval(minute, toIntervalSecond(step)) AS time,
    sum(negative) / judged AS negative_share,
    sum(neutral) / judged AS neutral_share,
    sum(positive) / judged AS positive_share,
    ifNull(judged, 0) AS n
FROM rollup_minute
WHERE minute >= toStartOfInterval(range_from, toIntervalSecond(step)) AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond(step)
LIMIT 1000
