-- The values that each filter can take, most frequent first.
SELECT variable, value, sum(weight) AS messages
FROM
(
    SELECT 'shops' AS variable, toString(shop_id) AS value, sum(customer_messages) AS weight FROM rollup_hour GROUP BY value
    UNION ALL
    SELECT 'channels' AS variable, toString(channel) AS value, sum(customer_messages) AS weight FROM rollup_hour GROUP BY value
    UNION ALL
    SELECT 'topics' AS variable, toString(topic) AS value, sum(customer_messages) AS weight FROM rollup_hour GROUP BY value
    UNION ALL
    SELECT 'bot_versions' AS variable, toString(bot_version) AS value, sum(bot_messages) AS weight FROM rollup_minute GROUP BY value
)
WHERE value != ''
GROUP BY variable, value
HAVING messages > 0
ORDER BY variable, messages DESC, value
LIMIT 100 BY variable
LIMIT 400
