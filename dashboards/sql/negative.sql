-- Negative share of customer texts in the range and in the equally long range before.
WITH
    toStartOfMinute(toDateTime(intDiv({from_ms:Int64}, 1000))) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    range_from - (range_to - range_from) AS before_from,
    negative + neutral + positive AS judged,
    nullIf(sumIf(judged, minute >= range_from), 0) AS seen,
    nullIf(sumIf(judged, minute < range_from), 0) AS seen_before
SELECT
    sumIf(negative, minute >= range_from) / seen AS value,
    ifNull(seen, 0) AS n,
    sumIf(negative, minute < range_from) / seen_before AS previous,
    ifNull(seen_before, 0) AS previous_n
FROM rollup_minute
WHERE minute >= before_from AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
LIMIT 1
