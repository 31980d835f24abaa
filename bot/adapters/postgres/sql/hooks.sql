-- name: take_hook
INSERT INTO hooks (id, source, payload, taken_at, next_at)
VALUES (%(id)s, %(source)s, %(payload)s::json, %(now)s, %(now)s)
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: finish_hook
UPDATE hooks SET done_at = %(now)s, payload = '{}' WHERE id = %(id)s AND done_at IS NULL

-- A late answer of a process that was only asleep does not undo what another has done.
-- name: postpone_hook
UPDATE hooks
   SET next_at = %(next_at)s, said = %(said)s, given_up = %(next_at)s > taken_at + %(tried)s
 WHERE id = %(id)s AND done_at IS NULL
RETURNING given_up

-- name: claim_hooks
UPDATE hooks SET next_at = %(lease_until)s, tries = tries + 1
 WHERE id IN (
    SELECT id FROM hooks
     WHERE done_at IS NULL AND NOT given_up AND next_at <= %(now)s
     ORDER BY taken_at, id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
 )
RETURNING id, source, payload, tries, taken_at

-- name: forget_hooks
DELETE FROM hooks WHERE done_at < %(before)s
