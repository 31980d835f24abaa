-- name: insert_pages
INSERT INTO pages (key, escalation, incident, level, due_at, next_at, state)
SELECT 'esc:' || %(escalation)s::text || ':L' || due.level, %(escalation)s, %(incident)s, due.level,
       due.at, due.at, 'armed'
  FROM unnest(%(levels)s::integer[], %(times)s::timestamptz[]) AS due(level, at)

-- One statement takes what is due, re-checks it row by row under its lock, and writes down what is
-- about to happen. A page acknowledged meanwhile has left `next_at`, or carries a wish.
-- name: claim_pages
WITH due AS (
    SELECT taken.key, taken.state AS was, taken.needed,
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
                    WHEN NOT due.needed THEN 'gone'
                    ELSE 'sending' END,
       next_at = CASE WHEN due.superseded OR NOT due.needed THEN NULL
                      ELSE %(lease_until)s::timestamptz END,
       tell_at = CASE WHEN pages.wish <> '' THEN %(now)s ELSE pages.tell_at END,
       owner = %(owner)s, attempts = pages.attempts + 1,
       unsure = pages.unsure OR due.was = 'sending'
  FROM due
 WHERE pages.key = due.key
RETURNING pages.*

-- In the order in which an acknowledgement takes them, which may be at it at this moment.
-- name: renew_pages
WITH mine AS (
    SELECT key FROM pages
     WHERE key = ANY(%(keys)s) AND owner = %(owner)s AND state = 'sending'
     ORDER BY escalation, level
       FOR UPDATE
)
UPDATE pages SET next_at = %(lease_until)s FROM mine
 WHERE pages.key = mine.key AND pages.state = 'sending'
RETURNING pages.key

-- With its line in the timeline and the note of it: of all that is written, this is written while
-- others wait for room.
-- name: page_sent
WITH sent AS (
    UPDATE pages
       SET first_at = coalesce(first_at, %(first_at)s), state = 'sent', sent_at = %(now)s, next_at = NULL, owner = '', unsure = false, said = '',
           look_at = CASE WHEN wish = '' THEN %(look_at)s::timestamptz END,
           tell_at = CASE WHEN wish <> '' THEN %(now)s ELSE tell_at END
     WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
    RETURNING incident
), line AS (
    INSERT INTO happenings (incident, at, kind, actor, text)
    SELECT incident, %(now)s, %(kind)s, %(actor)s, %(text)s FROM sent
    RETURNING incident, place
)
INSERT INTO notes (key, subject, message, made_at)
SELECT 'I' || incident || ':' || place, 'I' || incident, %(message)s::json, %(now)s FROM line
RETURNING key

-- name: page_again
UPDATE pages
   SET first_at = coalesce(first_at, %(first_at)s), state = CASE WHEN needed THEN 'waiting'
                    WHEN unsure OR %(unsure)s THEN 'gone'
                    ELSE 'cancelled' END,
       next_at = CASE WHEN needed THEN %(at)s::timestamptz END,
       wish = CASE WHEN unsure OR %(unsure)s THEN wish ELSE '' END,
       tell_at = CASE WHEN wish <> '' AND (unsure OR %(unsure)s) THEN %(now)s::timestamptz END,
       owner = '', unsure = unsure OR %(unsure)s, failures = failures + 1, said = %(said)s
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING *

-- Refused now, it may still be there from an attempt before.
-- name: page_ended
UPDATE pages
   SET first_at = coalesce(first_at, %(first_at)s), state = %(state)s, next_at = NULL, owner = '', said = %(said)s,
       wish = CASE WHEN unsure THEN wish ELSE '' END,
       tell_at = CASE WHEN wish <> '' AND unsure THEN %(now)s::timestamptz END
 WHERE key = %(key)s AND state = 'sending' AND owner = %(owner)s AND attempts = %(attempts)s
RETURNING *

-- name: lock_climb
SELECT key FROM pages WHERE escalation = %(escalation)s ORDER BY level FOR UPDATE

-- The level above one that reached nobody, unless it is under way already.
-- name: hasten_next
UPDATE pages SET next_at = %(now)s, due_at = least(due_at, %(now)s)
 WHERE key = (
       SELECT key FROM pages
        WHERE escalation = %(escalation)s AND level > %(level)s
        ORDER BY level LIMIT 1
 ) AND state = 'armed'

-- Where nothing above one that reached nobody rings or will: the level it took the place of.
-- name: revive_superseded
UPDATE pages SET state = 'armed', next_at = %(now)s
 WHERE key = (
       SELECT key FROM pages
        WHERE escalation = %(escalation)s AND level < %(level)s AND state = 'superseded'
        ORDER BY level DESC LIMIT 1
 ) AND state = 'superseded' AND needed
   AND NOT EXISTS (
       SELECT FROM pages higher
        WHERE higher.escalation = %(escalation)s AND higher.level > %(level)s
          AND higher.state IN ('armed', 'sending', 'waiting', 'sent', 'confirmed')
   )

-- name: hasten_lowest
UPDATE pages SET next_at = %(now)s, due_at = least(due_at, %(now)s)
 WHERE key = (
       SELECT key FROM pages
        WHERE escalation = %(escalation)s AND state = 'armed'
        ORDER BY level LIMIT 1
 ) AND state = 'armed'
RETURNING level

-- name: open_escalation_of
SELECT id FROM escalations WHERE incident = %(incident)s AND ended_at IS NULL

-- A page that is being sent at this moment keeps its sender, who sees that it is not needed any
-- more when PagerDuty has answered.
-- name: cancel_pages
UPDATE pages
   SET needed = false,
       state = CASE WHEN state = 'sending' THEN state
                    WHEN unsure THEN 'gone'
                    WHEN state = 'superseded' THEN state
                    ELSE 'cancelled' END,
       next_at = CASE WHEN state = 'sending' THEN next_at END
 WHERE incident = ANY(%(ids)s) AND state IN ('armed', 'sending', 'waiting', 'superseded')

-- Everything that PagerDuty has, or may have. What is being sent is told when it has arrived.
-- name: wish_pages
UPDATE pages
   SET wish = %(wish)s, wish_by = %(by)s, look_at = NULL, tellings = 0,
       tell_at = CASE WHEN state <> 'sending' THEN %(now)s::timestamptz END
 WHERE incident = ANY(%(ids)s)
   AND (state IN ('sending', 'sent', 'confirmed', 'unconfirmed', 'gone') OR unsure)

-- Open again: what was not told yet is not true any more.
-- name: unwish_pages
UPDATE pages
   SET tell_at = NULL,
       wish = CASE WHEN state = 'sending' OR key = %(ringing)s THEN '' ELSE wish END
 WHERE incident = ANY(%(ids)s) AND wish <> ''

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

-- `tell_at` is the claim: another claim, or another wish, has another.
-- name: page_told
UPDATE pages SET tell_at = NULL, said = CASE WHEN tellings > 1 THEN '' ELSE said END
 WHERE key = %(key)s AND tell_at = %(claim)s

-- name: tell_again
UPDATE pages SET tell_at = %(at)s, said = %(said)s
 WHERE key = %(key)s AND tell_at = %(claim)s

-- name: page_of_key
SELECT * FROM pages WHERE key = %(key)s

-- name: pages_of
SELECT * FROM pages WHERE incident = %(incident)s ORDER BY escalation, level

-- name: adopt_page
INSERT INTO pages (
    key, escalation, incident, level, due_at, state, sent_at, reached, wish, wish_by, tell_at
) VALUES (
    %(key)s, %(escalation)s, %(incident)s, %(level)s, %(due_at)s, 'confirmed', %(due_at)s,
    %(reached)s, %(wish)s, %(by)s,
    CASE WHEN %(wish)s <> '' THEN %(due_at)s::timestamptz END
)
ON CONFLICT (key) DO NOTHING

-- name: open_keys
SELECT p.* FROM pages p
  JOIN incidents i ON i.id = p.incident AND i.state = 'open'
 WHERE p.state IN ('sent', 'confirmed', 'unconfirmed') AND p.wish = ''
 ORDER BY p.sent_at DESC, p.key
 LIMIT %(limit)s

-- name: instants
SELECT (SELECT min(next_at) FROM pages WHERE next_at IS NOT NULL) AS send,
       (SELECT min(look_at) FROM pages WHERE look_at IS NOT NULL) AS look,
       (SELECT min(tell_at) FROM pages WHERE tell_at IS NOT NULL) AS tell,
       (SELECT min(resume_at) FROM incidents WHERE resume_at IS NOT NULL) AS resume

-- name: lateness
WITH late AS (
    SELECT extract(epoch FROM greatest(first_at - due_at, interval '0')) AS seconds
      FROM pages WHERE first_at IS NOT NULL
)
SELECT ARRAY(
           SELECT (SELECT count(*) FROM late WHERE seconds <= bucket.top)
             FROM unnest(%(buckets)s::double precision[]) WITH ORDINALITY AS bucket(top, place)
            ORDER BY bucket.place
       ) AS under,
       count(*) AS pages, coalesce(sum(seconds), 0)::double precision AS total
  FROM late

-- name: overdue_pages
SELECT * FROM pages
 WHERE next_at IS NOT NULL AND due_at < %(before)s
 ORDER BY due_at, key
 LIMIT 100
