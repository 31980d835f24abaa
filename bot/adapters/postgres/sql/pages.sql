-- name: insert_pages
INSERT INTO pages (key, escalation, incident, level, due_at, next_at, state)
SELECT 'esc:' || %(escalation)s::text || ':L' || due.level, %(escalation)s, %(incident)s, due.level,
       due.at, due.at, 'armed'
  FROM unnest(%(levels)s::integer[], %(times)s::timestamptz[]) AS due(level, at)

-- One statement takes what is due, re-checks it row by row under its lock, and writes down what is
-- about to happen. A page acknowledged meanwhile has left `next_at`, or carries a wish.
-- name: claim_pages
WITH due AS (
    SELECT taken.key, taken.state AS was, taken.wish,
           taken.state = 'armed' AND EXISTS (
               SELECT FROM pages higher
                WHERE higher.escalation = taken.escalation AND higher.level > taken.level
                  AND higher.due_at <= %(now)s
                  AND higher.state IN ('armed', 'sending', 'waiting', 'sent', 'confirmed')
           ) AS superseded
      FROM unnest(%(levels)s::integer[], %(free)s::integer[]) AS room(level, free)
     CROSS JOIN LATERAL (
           SELECT * FROM pages
            WHERE level = room.level AND next_at <= %(now)s
            ORDER BY next_at
            LIMIT room.free
              FOR UPDATE SKIP LOCKED
     ) taken
)
UPDATE pages
   SET state = CASE WHEN due.superseded THEN 'superseded'
                    WHEN due.wish <> '' THEN 'gone'
                    ELSE 'sending' END,
       next_at = CASE WHEN due.superseded OR due.wish <> '' THEN NULL
                      ELSE %(lease_until)s::timestamptz END,
       tell_at = CASE WHEN due.wish <> '' THEN %(now)s ELSE pages.tell_at END,
       owner = %(owner)s, attempts = pages.attempts + 1,
       unsure = pages.unsure OR due.was = 'sending'
  FROM due
 WHERE pages.key = due.key
RETURNING pages.*

-- name: renew_pages
UPDATE pages SET next_at = %(lease_until)s WHERE owner = %(owner)s AND state = 'sending'

-- name: page_calling
UPDATE pages SET first_at = coalesce(first_at, %(now)s)
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING key

-- name: page_sent
UPDATE pages
   SET state = 'sent', sent_at = %(now)s, next_at = NULL, owner = '', unsure = false, said = '',
       look_at = CASE WHEN wish = '' THEN %(look_at)s::timestamptz END,
       tell_at = CASE WHEN wish <> '' THEN %(now)s ELSE tell_at END
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING *

-- name: page_again
UPDATE pages
   SET state = CASE WHEN wish = '' THEN 'waiting'
                    WHEN unsure OR %(unsure)s THEN 'gone'
                    ELSE 'cancelled' END,
       next_at = CASE WHEN wish = '' THEN %(at)s::timestamptz END,
       tell_at = CASE WHEN wish <> '' AND (unsure OR %(unsure)s) THEN %(now)s ELSE tell_at END,
       owner = '', unsure = unsure OR %(unsure)s, failures = failures + 1, said = %(said)s
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING *

-- name: page_ended
UPDATE pages SET state = %(state)s, next_at = NULL, owner = '', said = %(said)s
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING *

-- name: hasten_page
UPDATE pages SET next_at = %(now)s, due_at = least(due_at, %(now)s)
 WHERE key = (
       SELECT key FROM pages
        WHERE escalation = %(escalation)s AND state = 'armed' AND level > %(level)s
        ORDER BY level LIMIT 1
 ) AND state = 'armed'
RETURNING *

-- name: open_escalation_of
SELECT id FROM escalations WHERE incident = %(incident)s AND ended_at IS NULL

-- What was paged or may have been is to be told; the rest is not needed any more. A page that is
-- being sent at this moment keeps its sender, who sees the wish when PagerDuty has answered.
-- name: quiet_pages
UPDATE pages
   SET state = CASE WHEN state = 'armed' OR (state = 'waiting' AND NOT unsure) THEN 'cancelled'
                    WHEN state = 'waiting' THEN 'gone'
                    ELSE state END,
       next_at = CASE WHEN state = 'sending' THEN next_at END,
       look_at = NULL,
       wish = CASE WHEN state = 'armed' OR (state = 'waiting' AND NOT unsure) THEN wish
                   ELSE %(wish)s END,
       wish_by = CASE WHEN state = 'armed' OR (state = 'waiting' AND NOT unsure) THEN wish_by
                      ELSE %(by)s END,
       tell_at = CASE WHEN state IN ('armed', 'sending') OR (state = 'waiting' AND NOT unsure)
                      THEN tell_at ELSE %(now)s::timestamptz END,
       tellings = 0
 WHERE incident = ANY(%(ids)s)
   AND (state IN ('armed', 'sending', 'waiting')
        OR (state IN ('sent', 'confirmed', 'unconfirmed', 'gone')
            AND wish <> %(wish)s AND wish <> 'resolve'))

-- Another climb takes its place: what was paged goes on ringing.
-- name: drop_pages
UPDATE pages
   SET state = CASE WHEN state = 'waiting' AND unsure THEN 'gone' ELSE 'cancelled' END,
       next_at = NULL
 WHERE incident = ANY(%(ids)s) AND state IN ('armed', 'waiting')

-- name: claim_looks
WITH due AS (
    SELECT key FROM pages WHERE look_at <= %(now)s ORDER BY look_at LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE pages SET look_at = %(lease_until)s, looks = looks + 1 FROM due WHERE pages.key = due.key
RETURNING pages.*

-- name: page_confirmed
UPDATE pages SET state = 'confirmed', look_at = NULL, reached = %(reached)s
 WHERE key = %(key)s AND state = 'sent'
RETURNING *

-- name: look_again
UPDATE pages SET look_at = %(at)s WHERE key = %(key)s AND state = 'sent' AND look_at IS NOT NULL

-- name: page_unconfirmed
UPDATE pages SET state = 'unconfirmed', look_at = NULL, said = %(said)s
 WHERE key = %(key)s AND state = 'sent' AND look_at IS NOT NULL
RETURNING *

-- name: claim_tellings
WITH due AS (
    SELECT key FROM pages WHERE tell_at <= %(now)s ORDER BY tell_at LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE pages SET tell_at = %(lease_until)s, tellings = tellings + 1
  FROM due WHERE pages.key = due.key
RETURNING pages.*

-- name: page_told
UPDATE pages SET tell_at = NULL, said = '' WHERE key = %(key)s AND wish = %(wish)s

-- name: tell_again
UPDATE pages SET tell_at = %(at)s, said = %(said)s
 WHERE key = %(key)s AND wish = %(wish)s AND tell_at IS NOT NULL

-- name: page_of_key
SELECT * FROM pages WHERE key = %(key)s

-- name: pages_of
SELECT * FROM pages WHERE incident = %(incident)s ORDER BY escalation, level

-- name: adopt_page
INSERT INTO pages (key, escalation, incident, level, due_at, state, first_at, sent_at, reached)
VALUES (%(key)s, %(escalation)s, %(incident)s, %(level)s, %(due_at)s, 'confirmed', %(due_at)s,
        %(due_at)s, %(reached)s)
ON CONFLICT (key) DO NOTHING

-- name: open_keys
SELECT p.* FROM pages p
  JOIN incidents i ON i.id = p.incident AND i.state = 'open'
 WHERE p.state IN ('sent', 'confirmed', 'unconfirmed')
 ORDER BY p.sent_at DESC
 LIMIT %(limit)s

-- name: next_instant
SELECT least(
    (SELECT min(next_at) FROM pages WHERE next_at IS NOT NULL),
    (SELECT min(look_at) FROM pages WHERE look_at IS NOT NULL),
    (SELECT min(tell_at) FROM pages WHERE tell_at IS NOT NULL),
    (SELECT min(resume_at) FROM incidents WHERE resume_at IS NOT NULL)
) AS at

-- name: lateness
SELECT count(*) AS pages, coalesce(sum(late.seconds), 0)::double precision AS total,
       ARRAY(SELECT count(*) FILTER (WHERE l.seconds <= bucket.top)
               FROM unnest(%(buckets)s::double precision[]) WITH ORDINALITY AS bucket(top, place)
              CROSS JOIN (SELECT extract(epoch FROM greatest(first_at - due_at, interval '0'))
                                 AS seconds
                            FROM pages WHERE first_at IS NOT NULL) l
              GROUP BY bucket.place ORDER BY bucket.place) AS under
  FROM (SELECT extract(epoch FROM greatest(first_at - due_at, interval '0')) AS seconds
          FROM pages WHERE first_at IS NOT NULL) late

-- name: overdue_pages
SELECT * FROM pages
 WHERE next_at IS NOT NULL AND due_at < %(before)s
 ORDER BY due_at
 LIMIT 100
