-- name: take_delivery
INSERT INTO inbox (key, kind, payload, taken_at)
VALUES (%(key)s, %(kind)s, %(payload)s::json, %(now)s)
ON CONFLICT (key) DO NOTHING
RETURNING key

-- What was in it is no longer needed, and may hold a token: only the key stays.
-- name: finish_delivery
UPDATE inbox SET done_at = %(now)s, payload = '{}' WHERE key = %(key)s AND done_at IS NULL

-- name: claim_deliveries
UPDATE inbox SET lease_until = %(lease_until)s, claims = claims + 1
 WHERE key IN (
    SELECT key FROM inbox
     WHERE done_at IS NULL AND claims < %(times)s AND coalesce(lease_until, '-infinity') <= %(now)s
     ORDER BY taken_at, key
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
 )
RETURNING key, kind, payload, taken_at, claims

-- Slack repeats a delivery for an hour at most; a day is kept.
-- name: forget_deliveries
DELETE FROM inbox WHERE done_at < %(before)s
