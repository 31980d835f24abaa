-- Procrastinate's own table. There is a job of this id in the queue already: the later step or
-- attempt wins, and of equal ones the sooner time. Found again by polling, hence the NOTIFY.
-- name: hasten_job
WITH waiting AS (
    SELECT id, priority, scheduled_at, args, (
               coalesce((args ->> 'position')::bigint, -1),
               coalesce((args ->> 'attempt')::bigint, -1)
           ) AS old,
           (%(position)s::bigint, %(attempt)s::bigint) AS new
      FROM procrastinate_jobs
     WHERE queueing_lock = %(queueing_lock)s AND status = 'todo'
       FOR UPDATE
), hastened AS (
    UPDATE procrastinate_jobs AS job
       SET args = CASE WHEN new > old THEN %(args)s::jsonb ELSE waiting.args END,
           priority = CASE
               WHEN new > old THEN %(priority)s
               WHEN new = old THEN greatest(waiting.priority, %(priority)s)
               ELSE waiting.priority
           END,
           scheduled_at = CASE
               WHEN new > old THEN %(at)s::timestamptz
               WHEN new < old THEN waiting.scheduled_at
               WHEN waiting.scheduled_at IS NULL OR %(at)s::timestamptz IS NULL THEN NULL
               ELSE least(waiting.scheduled_at, %(at)s::timestamptz)
           END
      FROM waiting
     WHERE job.id = waiting.id
    RETURNING job.id, job.scheduled_at, job.queue_name
)
SELECT id, CASE WHEN scheduled_at IS NULL THEN pg_notify(
           'procrastinate_queue_v1#' || queue_name,
           json_build_object('type', 'job_inserted', 'job_id', id)::text
       )::text END AS notified
  FROM hastened

-- name: carried_jobs
SELECT DISTINCT (args ->> 'id')::bigint AS id
  FROM procrastinate_jobs
 WHERE status IN ('todo', 'doing') AND queue_name = %(queue)s
