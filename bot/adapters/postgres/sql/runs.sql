-- The partial unique index runs_one_open is what makes it one open run a resource.
-- name: insert_run
INSERT INTO runs (id, operation, resource, state, control, release, note, started_at)
VALUES (
    %(id)s, %(operation)s, %(resource)s, 'running', 'none', %(release)s, '', %(now)s
)
ON CONFLICT DO NOTHING
RETURNING id

-- name: insert_step
INSERT INTO steps (run, position, name, title, args, calls, back, promotable, state)
VALUES (
    %(run)s, %(position)s, %(name)s, %(title)s, %(args)s::json, %(calls)s::json, %(back)s,
    %(promotable)s, 'pending'
)

-- name: get_run
SELECT * FROM whole_runs r
 WHERE r.id = %(id)s

-- name: open_runs
SELECT * FROM whole_runs r
 WHERE r.state IN ('running', 'paused', 'held')
 ORDER BY r.started_at, r.id

-- name: recent_runs
SELECT * FROM whole_runs r
 ORDER BY r.started_at DESC, r.id DESC
 LIMIT %(limit)s

-- name: recent_runs_of
SELECT * FROM whole_runs r
 WHERE r.resource = %(resource)s
 ORDER BY r.started_at DESC, r.id DESC
 LIMIT %(limit)s

-- name: lock_run
SELECT state FROM runs WHERE id = %(id)s FOR UPDATE

-- name: move_run
UPDATE runs
   SET state = %(state)s, note = %(note)s, control = coalesce(%(control)s::text, control),
       ended_at = %(ended_at)s
 WHERE id = %(id)s

-- Whoever holds a lease is at work: the run goes nowhere else until that is over. A renewal that
-- comes at the same time is either read here or finds the step given up.
-- name: lock_running_steps
SELECT position, lease_until > %(now)s AS leased
  FROM steps
 WHERE run = %(run)s AND state = 'running'
   FOR UPDATE

-- Its worker is dead, or asleep: waking up it finds that nothing of this is its own any more.
-- name: give_up_steps
UPDATE steps
   SET state = 'pending', lease_until = NULL
 WHERE run = %(run)s AND state = 'running'

-- name: control_run
UPDATE runs
   SET control = %(control)s
 WHERE id = %(id)s AND state IN ('running', 'paused', 'held')
RETURNING id

-- From here on the steps of the way back are the present ones.
-- name: turn_run
UPDATE runs
   SET turned = %(turned)s, note = %(note)s, state = 'running', control = 'none'
 WHERE id = %(id)s AND turned IS NULL
RETURNING id

-- name: promote_step
UPDATE steps
   SET promoted_by = %(by)s
 WHERE run = %(run)s AND position = %(position)s AND promotable AND promoted_by = ''
   AND state IN ('pending', 'running', 'waiting')
RETURNING position

-- The present step only: the first of its way that is not done.
-- name: revive_step
UPDATE steps
   SET deaths = 0,
       -- A failed step begins anew: what it saw before a person looked is not judged again, and
       -- whoever said that it was enough had not seen it fail.
       progress = CASE state
           WHEN 'failed' THEN '{"resumed": true}' ELSE (progress::jsonb - 'faults')::json
       END,
       promoted_by = CASE state WHEN 'failed' THEN '' ELSE promoted_by END,
       started_at = CASE state WHEN 'failed' THEN NULL ELSE started_at END,
       result = CASE state WHEN 'failed' THEN '{}' ELSE result END,
       ended_at = NULL,
       state = CASE state WHEN 'failed' THEN 'pending' ELSE state END
 WHERE run = %(run)s AND position = (
    SELECT min(s.position)
      FROM steps s
      JOIN runs r ON r.id = s.run
     WHERE s.run = %(run)s AND s.state <> 'done' AND s.back = (r.turned IS NOT NULL)
 )

-- name: insert_change
INSERT INTO changes (
    run, resource, operation, summary, before, after, asked_by, approved_by, at, detail
) VALUES (
    %(run)s, %(resource)s, %(operation)s, %(summary)s, %(before)s, %(after)s, %(asked_by)s,
    %(approved_by)s, %(at)s, %(detail)s::json
)

-- name: recent_changes
SELECT run, resource, operation, summary, before, after, asked_by, approved_by, at, detail
  FROM changes
 WHERE %(since)s::timestamptz IS NULL OR at >= %(since)s
 ORDER BY id DESC
 LIMIT %(limit)s

-- name: recent_changes_of
SELECT run, resource, operation, summary, before, after, asked_by, approved_by, at, detail
  FROM changes
 WHERE resource = %(resource)s AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
 ORDER BY id DESC
 LIMIT %(limit)s
