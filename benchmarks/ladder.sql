-- Open incidents, each with a climb and its cards, as `open` would have left them; one page each.
-- %(count)s incidents from number %(first)s on; page i is due at %(start)s + i * %(apart)s seconds.
WITH made AS (
    INSERT INTO incidents (
        title, severity, source, fingerprint, service, state, opened_at, opened_by,
        resume_at, resume_why, climbs
    )
    SELECT 'Benchmark ' || i, 'P1', 'hand', 'bench:' || i, '', 'open', %(now)s, 'bench',
           %(now)s::timestamptz + interval '12 hours', 'repeat', 1
      FROM generate_series(%(first)s, %(first)s + %(count)s - 1) AS i
    RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM made
), carded AS (
    INSERT INTO cards (subject, channel) SELECT 'I' || id, 'ops-alerts' FROM made
), climbed AS (
    INSERT INTO escalations (id, incident, number, why, began_at)
    SELECT 'bench-' || id, id, 1, 'opened', %(now)s FROM made
)
INSERT INTO pages (key, escalation, incident, level, due_at, next_at, state)
SELECT 'esc:bench-' || id || ':L' || level, 'bench-' || id, id, level, due_at, due_at, 'armed'
  FROM (SELECT id, 1 + i %% %(levels)s AS level,
               %(start)s::timestamptz + i * %(apart)s * interval '1 second' AS due_at
          FROM numbered) AS due
