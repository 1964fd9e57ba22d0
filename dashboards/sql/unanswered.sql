-- Unanswered share of the questions with a verdict, its 95 % Wilson score interval
-- (z = 1.959964), and the same share of the equally long range before.
WITH
    fromUnixTimestamp64Milli({from_ms:Int64}) AS range_from,
    fromUnixTimestamp64Milli({to_ms:Int64}) AS range_to,
    fromUnixTimestamp64Milli({from_ms:Int64} * 2 - {to_ms:Int64}) AS before_from,
    1.959964 AS z,
    nullIf(countIf(occurred_at >= range_from), 0) AS seen,
    countIf(state = 'unanswered' AND occurred_at >= range_from) AS missed,
    missed / seen AS share,
    nullIf(countIf(occurred_at < range_from), 0) AS seen_before,
    z * sqrt(share * (1 - share) / seen + z * z / (4 * seen * seen)) AS half
SELECT
    share AS value,
    (share + z * z / (2 * seen) - half) / (1 + z * z / seen) AS low,
    (share + z * z / (2 * seen) + half) / (1 + z * z / seen) AS high,
    ifNull(seen, 0) AS n,
    missed AS unanswered,
    countIf(state = 'unanswered' AND occurred_at < range_from) / seen_before AS previous,
    ifNull(seen_before, 0) AS previous_n
FROM turns
WHERE state != 'open' AND occurred_at >= before_from AND occurred_at < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
    AND (empty({topics:Array(String)}) OR topics[1] IN {topics:Array(String)})
LIMIT 1
