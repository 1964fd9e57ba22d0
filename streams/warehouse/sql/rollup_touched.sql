-- Minutes whose ratings may have changed their bot version or topic: a rating takes
-- them from its conversation, which a message of another minute may have changed.
WITH
    toDateTime({first:UInt32}) AS first_minute,
    toDateTime({last:UInt32}) AS last_minute
SELECT DISTINCT toUnixTimestamp(toStartOfMinute(toDateTime(occurred_at)))
FROM ratings
WHERE (shop_id, channel, conversation_id) IN (
    SELECT DISTINCT shop_id, channel, conversation_id
    FROM messages
    WHERE occurred_at >= first_minute AND occurred_at < last_minute + 60 AND conversation_id != ''
        AND toUnixTimestamp(toStartOfMinute(toDateTime(occurred_at))) IN {minutes:Array(UInt32)})
