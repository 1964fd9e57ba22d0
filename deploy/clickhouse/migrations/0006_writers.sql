-- Several workers write at once: each marks the minutes it touches under its own name, so that
-- clearing one's mark leaves the others'. dirty: 1 to be recomputed, 2 while its facts are being written.
ALTER TABLE dirty_minutes ADD COLUMN IF NOT EXISTS writer String, MODIFY ORDER BY (minute, writer);
