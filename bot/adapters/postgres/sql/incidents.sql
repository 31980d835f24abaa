-- name: merge_alert
UPDATE incidents SET alerts = alerts + 1, alerted_at = %(now)s
 WHERE fingerprint = %(fingerprint)s AND state <> 'resolved'
RETURNING *

-- name: insert_incident
INSERT INTO incidents (
    title, severity, source, fingerprint, service, state, opened_at, opened_by, owner, parent,
    silent, resume_at, resume_why, resume_note
) VALUES (
    %(title)s, %(severity)s, %(source)s, %(fingerprint)s, %(service)s, 'open', %(opened_at)s,
    %(opened_by)s, %(owner)s, %(parent)s, %(silent)s, %(resume_at)s, %(resume_why)s,
    %(resume_note)s
)
ON CONFLICT (fingerprint) WHERE state <> 'resolved' DO NOTHING
RETURNING *

-- name: get_incident
SELECT * FROM incidents WHERE id = %(id)s

-- Not FOR UPDATE: rows that refer to it (a page's line in the timeline) need not wait.
-- name: incidents_of_ids
SELECT * FROM incidents WHERE id = ANY(%(ids)s)

-- name: lock_incident
SELECT * FROM incidents WHERE id = %(id)s FOR NO KEY UPDATE

-- After the parent's own lock, so that nothing is folded into it in between.
-- name: lock_children
SELECT * FROM incidents WHERE parent = %(id)s AND state <> 'resolved' ORDER BY id FOR NO KEY UPDATE

-- Writers of one page lock it and then the one above: so does who takes them all.
-- name: lock_pages
SELECT key FROM pages WHERE incident = ANY(%(ids)s) ORDER BY escalation, level FOR UPDATE

-- In the order of their numbers, before triggers want them in any other.
-- name: want_cards
SELECT want_card('I' || i.id)
  FROM (SELECT unnest(%(ids)s::bigint[]) AS id ORDER BY id) i

-- name: unresolved_of_fingerprint
SELECT * FROM incidents WHERE fingerprint = %(fingerprint)s AND state <> 'resolved'

-- name: unresolved_incidents
SELECT * FROM incidents
 WHERE state <> 'resolved' AND starts_with(fingerprint, %(begins)s)
   AND (%(why)s::text IS NULL OR resume_why = %(why)s)
 ORDER BY id

-- name: tally_incidents
SELECT severity, state, count(*) AS count FROM incidents
 WHERE state <> 'resolved'
 GROUP BY severity, state

-- name: recent_incidents
SELECT * FROM incidents
 WHERE (%(service)s::text IS NULL OR service = %(service)s)
   AND (%(since)s::timestamptz IS NULL OR opened_at >= %(since)s)
 ORDER BY id DESC
 LIMIT %(limit)s

-- name: count_child
UPDATE incidents SET children = children + 1 WHERE id = %(id)s

-- name: fold_incident
UPDATE incidents
   SET parent = %(parent)s, resume_at = NULL, resume_why = NULL, resume_note = '',
       unowned_at = NULL
 WHERE id = %(id)s

-- name: acknowledge_incidents
UPDATE incidents
   SET state = 'acknowledged', acked_at = %(now)s, acked_by = %(by)s, acked_via = %(via)s,
       owner = CASE WHEN owner = '' THEN %(by)s ELSE owner END, unowned_at = NULL,
       resume_at = CASE WHEN parent IS NULL THEN %(until)s::timestamptz END,
       resume_why = CASE WHEN parent IS NULL THEN 'promise' END, resume_note = ''
 WHERE id = ANY(%(ids)s)

-- name: resolve_incidents
UPDATE incidents
   SET state = 'resolved', resolved_at = %(now)s, resolved_by = %(by)s, unowned_at = NULL,
       resume_at = NULL, resume_why = NULL, resume_note = ''
 WHERE id = ANY(%(ids)s)

-- name: reopen_incident
UPDATE incidents
   SET state = 'open', severity = %(severity)s, silent = %(silent)s,
       resolved_at = NULL, resolved_by = '', parent = NULL,
       climbs = climbs + 1, repeats = CASE WHEN %(repeated)s THEN repeats + 1 ELSE 0 END,
       resume_at = %(over_at)s, unowned_at = NULL, resume_note = '',
       resume_why = CASE WHEN %(over_at)s::timestamptz IS NOT NULL THEN 'repeat' END
 WHERE id = %(id)s

-- name: set_waiting
UPDATE incidents
   SET resume_at = %(until)s, resume_why = %(why)s, resume_note = %(note)s, unowned_at = NULL
 WHERE id = %(id)s

-- name: give_up_incident
UPDATE incidents
   SET unowned_at = %(now)s, resume_at = NULL, resume_why = NULL, resume_note = ''
 WHERE id = %(id)s AND state = 'open' AND resume_at = %(expected)s
RETURNING *

-- name: rate_incident
UPDATE incidents SET severity = %(severity)s
 WHERE id = %(id)s AND state = 'acknowledged'
RETURNING *

-- name: assign_incident
UPDATE incidents SET owner = %(owner)s WHERE id = %(id)s AND state <> 'resolved' RETURNING *

-- name: waiting_incidents
SELECT * FROM incidents
 WHERE resume_at <= %(now)s
 ORDER BY resume_at, id
 LIMIT %(limit)s

-- name: counting_down
SELECT id FROM incidents
 WHERE state = 'open' AND resume_at > %(now)s AND parent IS NULL
 ORDER BY id DESC
 LIMIT 10

-- A line and, under the same number, its note for the thread of the card.
-- name: insert_happening
WITH line AS (
    INSERT INTO happenings (incident, at, kind, actor, text)
    VALUES (%(incident)s, %(at)s, %(kind)s, %(actor)s, %(text)s)
    RETURNING incident, place
)
INSERT INTO notes (key, subject, message, made_at)
SELECT 'I' || incident || ':' || place, 'I' || incident, %(message)s::json, %(at)s FROM line

-- name: insert_happenings
INSERT INTO happenings (incident, at, kind, actor, text)
SELECT unnest(%(ids)s::bigint[]), %(at)s, %(kind)s, %(actor)s, %(text)s

-- name: timeline
SELECT at, kind, actor, text FROM happenings WHERE incident = %(incident)s ORDER BY place

-- name: insert_escalation
INSERT INTO escalations (id, incident, number, why, began_at)
SELECT %(id)s, %(incident)s, coalesce(max(number), 0) + 1, %(why)s, %(now)s
  FROM escalations WHERE incident = %(incident)s

-- name: end_escalations
UPDATE escalations SET ended_at = %(now)s, ended_why = %(why)s
 WHERE incident = ANY(%(ids)s) AND ended_at IS NULL

-- name: escalations_of
SELECT id, incident, number, why, began_at, ended_at, ended_why
  FROM escalations WHERE incident = %(incident)s ORDER BY number

-- name: stranded_incidents
SELECT i.* FROM incidents i
 WHERE i.state = 'open' AND i.resume_at IS NULL AND i.unowned_at IS NULL AND NOT i.silent
   AND i.parent IS NULL
   AND NOT EXISTS (SELECT FROM pages p WHERE p.incident = i.id AND p.next_at IS NOT NULL)
 ORDER BY i.id

-- name: incidents_of_parent
SELECT * FROM incidents WHERE parent = %(parent)s ORDER BY id

-- name: resolved_incidents
SELECT * FROM incidents
 WHERE state = 'resolved' AND resolved_at >= %(since)s AND resolved_at <= %(until)s
   AND severity = ANY(%(severities)s)
 ORDER BY resolved_at, id
