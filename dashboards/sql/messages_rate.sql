-- Messages a minute. The newest bucket is divided by the part of it that has passed, so
-- that the line does not fall at its end, and is left out while that is under ten
-- seconds; a minute without messages is a true zero.
WITH
    toDateTime(intDiv({from_ms:Int64}, 1000)) AS range_from,
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    toUInt32(multiIf(range_to - range_from <= 10800, 60, range_to - range_from <= 43200, 300,
        range_to - range_from <= 172800, 1200, range_to - range_from <= 864000, 3600, 21600)) AS step,
    least(step, range_to - time) / 60 AS minutes
SELECT
    toStartOfInterval(minute, toIntervalSecond(step)) AS time,
    round(sum(customer_messages) / minutes, 2) AS customer,
    round(sum(bot_messages) / minutes, 2) AS bot,
    round(sum(agent_messages) / minutes, 2) AS agent
FROM rollup_minute
WHERE minute >= toStartOfInterval(range_from, toIntervalSecond(step)) AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
GROUP BY time
HAVING range_to - time >= 10
ORDER BY time WITH FILL STEP toIntervalSecond(step)
LIMIT 1000
