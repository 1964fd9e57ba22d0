-- Releases, promotions, policies and incidents that touch the range; no shop means all shops.
SELECT
    starts_at AS time,
    ends_at AS end_time,
    kind,
    title,
    detail,
    shop_id AS shop
FROM releases
WHERE starts_at < fromUnixTimestamp64Milli({to_ms:Int64})
    AND ifNull(ends_at, starts_at) >= fromUnixTimestamp64Milli({from_ms:Int64})
    AND (empty({shops:Array(String)}) OR shop_id = '' OR shop_id IN {shops:Array(String)})
ORDER BY starts_at, release_id
LIMIT 100
