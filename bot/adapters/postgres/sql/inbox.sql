-- name: take_delivery
INSERT INTO inbox (key, kind, payload, taken_at, claimed_at)
VALUES (%(key)s, %(kind)s, %(payload)s::json, %(now)s, %(now)s)
ON CONFLICT (key) DO NOTHING
RETURNING key

-- What was in it is no longer needed, and may hold a token: only the key stays.
-- name: finish_delivery
UPDATE inbox SET done_at = %(now)s, payload = '{}' WHERE key = %(key)s AND done_at IS NULL

-- name: claim_abandoned
UPDATE inbox SET claimed_at = %(now)s, claims = claims + 1
 WHERE key IN (
    SELECT key FROM inbox
     WHERE done_at IS NULL AND claimed_at < %(before)s AND claims < 3
     ORDER BY claimed_at, key
       FOR UPDATE SKIP LOCKED
 )
RETURNING key, kind, payload, taken_at

-- Slack repeats a delivery for an hour at most; a day is kept.
-- name: forget_deliveries
DELETE FROM inbox WHERE done_at < %(before)s
