-- A process that was restarted has another name: what the former ones left is swept along.
-- name: beat
WITH forgotten AS (
    DELETE FROM pulses
     WHERE at < %(before)s AND (name, owner) <> (%(name)s, %(owner)s)
)
INSERT INTO pulses (name, owner, at) VALUES (%(name)s, %(owner)s, %(now)s)
ON CONFLICT (name, owner) DO UPDATE SET at = greatest(pulses.at, excluded.at)

-- name: last_beat
SELECT max(at) AS at FROM pulses WHERE name = %(name)s

-- One condition decides: nobody has had it, or not since then.
-- name: take_turn
INSERT INTO pulses (name, owner, at) VALUES (%(name)s, '', %(now)s)
ON CONFLICT (name, owner) DO UPDATE SET at = excluded.at WHERE pulses.at < %(since)s
RETURNING name
