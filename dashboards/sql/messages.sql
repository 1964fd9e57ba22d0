-- Messages in the range and, as the headline, a minute over its last five minutes.
WITH
    toDateTime(intDiv({to_ms:Int64} + 999, 1000)) AS range_to,
    toDateTime(intDiv({from_ms:Int64}, 1000)) AS range_from,
    toStartOfMinute(range_to - toIntervalMinute(5)) AS recent_from,
    recent_from - toIntervalMinute(5) AS before_from,
    customer_messages + bot_messages + agent_messages AS messages
SELECT
    round(sumIf(messages, minute >= recent_from) * 60 / (range_to - recent_from), 1) AS value,
    sumIf(messages, minute >= toStartOfMinute(range_from)) AS n,
    round(sumIf(messages, minute >= before_from AND minute < recent_from) / 5, 1) AS previous
FROM rollup_minute
WHERE minute >= least(before_from, toStartOfMinute(range_from)) AND minute < range_to
    AND (empty({shops:Array(String)}) OR shop_id IN {shops:Array(String)})
    AND (empty({channels:Array(String)}) OR channel IN {channels:Array(String)})
LIMIT 1
