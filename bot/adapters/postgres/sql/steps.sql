-- The fence: one attempt's number is taken by one claim, and every later write names it. The run is
-- locked against being turned, paused or ended at the same instant.
-- name: claim_step
UPDATE steps
   SET attempt = steps.attempt + 1,
       deaths = steps.deaths + CASE steps.state WHEN 'running' THEN 1 ELSE 0 END,
       state = 'running',
       lease_until = %(lease_until)s,
       started_at = coalesce(steps.started_at, %(now)s)
  FROM (SELECT id, turned FROM runs WHERE id = %(run)s AND state = 'running' FOR SHARE) AS going
 WHERE steps.back = (going.turned IS NOT NULL)
   AND steps.run = going.id AND steps.position = %(position)s
   AND steps.attempt = %(attempt)s
   AND steps.state IN ('pending', 'running', 'waiting')
   AND (steps.lease_until IS NULL OR steps.lease_until <= %(now)s)
RETURNING steps.position, steps.state, steps.attempt, steps.deaths, steps.lease_until,
    steps.progress, steps.result, steps.started_at, steps.ended_at, steps.promoted_by,
    json_build_object(
        'name', steps.name, 'title', steps.title, 'args', steps.args, 'calls', steps.calls,
        'back', steps.back, 'promotable', steps.promotable
    ) AS spec

-- name: renew_step
UPDATE steps
   SET lease_until = %(lease_until)s
 WHERE run = %(run)s AND position = %(position)s AND attempt = %(attempt)s AND state = 'running'
RETURNING position

-- name: wait_step
UPDATE steps
   SET state = 'waiting', lease_until = NULL, progress = %(progress)s::json
 WHERE run = %(run)s AND position = %(position)s AND attempt = %(attempt)s AND state = 'running'
RETURNING position

-- name: finish_step
UPDATE steps
   SET state = %(state)s, lease_until = NULL, result = %(result)s::json, ended_at = %(now)s
 WHERE run = %(run)s AND position = %(position)s AND attempt = %(attempt)s AND state = 'running'
RETURNING position

-- name: release_step
UPDATE steps
   SET state = 'pending', lease_until = NULL,
       progress = (
           progress::jsonb || jsonb_build_object(
               'said', %(said)s::text,
               'faults', coalesce((progress ->> 'faults')::integer, 0) + 1
           )
       )::json
 WHERE run = %(run)s AND position = %(position)s AND attempt = %(attempt)s AND state = 'running'
RETURNING position
