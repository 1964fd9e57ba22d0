-- Satisfied share by bucket with its 95 % Wilson score interval. Buckets are wide
-- because ratings are few: a share of five ratings is noise.
WITH
    fromUnixTimestamp64Milli({from_ms:Int64}) AS range_from,
    fromUnixTimestamp64Milli({to_ms:Int64}) AS range_to,
    intDiv({to_ms:Int64} - {from_ms:Int64}, 60000) AS minutes,
    toUInt32(multiIf(minutes <= 30, 120, minutes <= 120, 300, minutes <= 360, 900,
        minutes <= 1440, 3600, minutes <= 10080, 21600, 43200)) AS step,
    1.959964 AS z,
    count() AS seen,
    countIf(satisfied) / seen AS share,
    z * sqrt(share * (1 - share) / seen + z * z / (4 * seen * seen)) AS half
SELECT
    toStartOfInterval(toDateTime(occurred_at), toIntervalSecond(step)) AS time,
    toNullable(share) AS value,
    toNullable((share + z * z / (2 * seen) - half) / (1 + z * z / seen)) AS low,
    toNullable((share + z * z / (2 * seen) + half) / (1 + z * z / seen)) AS high,
    seen AS n
FROM ratings
WHERE occurred_at >= toStartOfInterval(toDateTime(range_from), toIntervalSecond(step)) AND occurred_at < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
    AND (empty({bot_versions:Array(String)}) AND empty({topics:Array(String)})
        OR (shop_id, channel, conversation_id) IN (
            SELECT shop_id, channel, conversation_id FROM conversations
            WHERE (notEmpty({bot_versions:Array(String)}) OR notEmpty({topics:Array(String)}))
                AND (empty({bot_versions:Array(String)}) OR bot_version IN {bot_versions:Array(String)})
                AND (empty({topics:Array(String)}) OR topic IN {topics:Array(String)})))
GROUP BY time
ORDER BY time WITH FILL STEP toIntervalSecond(step)
LIMIT 1000
