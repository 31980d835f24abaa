-- name: ticks_of
SELECT key, actor, at FROM ticks WHERE subject = %(subject)s ORDER BY at, key COLLATE "C"

-- Two who tick one list at once go one after the other: each holds several rows.
-- name: queue_for_ticks
SELECT pg_advisory_xact_lock(hashtext('filmops.ticks'), hashtext(%(subject)s))

-- name: tick
INSERT INTO ticks (subject, key, actor, at)
SELECT %(subject)s, key, %(actor)s, %(now)s FROM unnest(%(keys)s::text[]) AS key
ON CONFLICT (subject, key) DO NOTHING
RETURNING key

-- name: untick
DELETE FROM ticks WHERE subject = %(subject)s AND key = ANY(%(keys)s::text[]) RETURNING key
