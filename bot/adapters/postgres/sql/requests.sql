-- name: insert_request
INSERT INTO requests (
    operation, params, words, actor, channel, risk, resource, plan, needed,
    asked_at, expires_at, reason, state, note, settled_at
) VALUES (
    %(operation)s, %(params)s::json, %(words)s, %(actor)s, %(channel)s, %(risk)s, %(resource)s,
    %(plan)s::json, %(needed)s, %(asked_at)s, %(expires_at)s, %(reason)s, %(state)s, %(note)s,
    %(settled_at)s
)
RETURNING id

-- name: lock_request
SELECT state FROM requests WHERE id = %(id)s FOR UPDATE

-- name: get_request
SELECT * FROM whole_requests r
 WHERE r.id = %(id)s

-- name: recent_requests
SELECT * FROM whole_requests r
 ORDER BY r.id DESC
 LIMIT %(limit)s

-- name: recent_requests_of
SELECT * FROM whole_requests r
 WHERE r.resource = %(resource)s
 ORDER BY r.id DESC
 LIMIT %(limit)s

-- name: waiting_requests
SELECT * FROM whole_requests r
 WHERE r.state IN ('planned', 'approved')
 ORDER BY r.id

-- name: overdue_requests
SELECT * FROM whole_requests r
 WHERE r.state = 'planned' AND r.expires_at <= %(now)s
 ORDER BY r.expires_at, r.id

-- name: requests_by_id
SELECT * FROM whole_requests r
 WHERE r.id = ANY(%(ids)s::bigint[])
 ORDER BY r.id

-- name: insert_approval
INSERT INTO approvals (request, actor, answer, plan_hash, at)
VALUES (%(request)s, %(actor)s, %(answer)s, %(plan_hash)s, %(at)s)

-- name: set_request
UPDATE requests
   SET state = %(state)s, settled_at = %(settled_at)s
 WHERE id = %(id)s

-- name: settle_request
UPDATE requests
   SET state = %(state)s, note = %(note)s, settled_at = %(now)s
 WHERE id = %(id)s AND state = %(expected)s
RETURNING id

-- name: mark_reminded
UPDATE requests SET reminded_at = %(now)s
 WHERE id IN (
    SELECT r.id
      FROM requests r
      JOIN unnest(%(risks)s::text[], %(waits)s::interval[]) AS due (risk, wait)
        ON due.risk = r.risk
     WHERE r.state = 'planned' AND r.reminded_at IS NULL
       AND r.expires_at > %(now)s AND r.asked_at + due.wait <= %(now)s
       FOR UPDATE OF r SKIP LOCKED
 )
RETURNING id
