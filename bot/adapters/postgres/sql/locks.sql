-- One condition decides: the row is free, or what stands there has expired.
-- name: take_lock
INSERT INTO locks (kind, resource, owner, reason, taken_at, expires_at)
VALUES (%(kind)s, %(resource)s, %(owner)s, %(reason)s, %(taken_at)s, %(expires_at)s)
ON CONFLICT (kind, resource) DO UPDATE
   SET owner = excluded.owner, reason = excluded.reason,
       taken_at = excluded.taken_at, expires_at = excluded.expires_at
 WHERE locks.expires_at <= excluded.taken_at
RETURNING kind

-- name: get_lock
SELECT kind, resource, owner, reason, taken_at, expires_at
  FROM locks
 WHERE kind = %(kind)s AND resource = %(resource)s

-- name: release_lock
DELETE FROM locks
 WHERE kind = %(kind)s AND resource = %(resource)s AND expires_at > %(now)s
RETURNING kind, resource, owner, reason, taken_at, expires_at

-- name: held_locks
SELECT kind, resource, owner, reason, taken_at, expires_at
  FROM locks
 WHERE expires_at > %(now)s
 ORDER BY taken_at, kind, resource
