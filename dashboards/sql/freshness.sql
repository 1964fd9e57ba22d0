-- What the pipeline has stored so far, whatever the range and the filters.
SELECT
    sum(stored) AS stored,
    sum(dead_letters) AS dead_letters,
    nullIf(max(watermark), toDateTime64(0, 3)) AS last_event
FROM checkpoints
LIMIT 1
