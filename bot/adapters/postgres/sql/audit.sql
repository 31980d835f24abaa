-- name: lock_head
SELECT number, hash FROM audit_head FOR UPDATE

-- name: read_head
SELECT number, hash FROM audit_head

-- name: append_row
WITH written AS (
    INSERT INTO audit (number, at, actor, action, subject, detail, previous, hash)
    VALUES (
        %(number)s, %(at)s, %(actor)s, %(action)s, %(subject)s, %(detail)s::json,
        %(previous)s, %(hash)s
    )
    RETURNING number, hash
)
UPDATE audit_head SET number = written.number, hash = written.hash FROM written

-- name: read_rows
SELECT number, at, actor, action, subject, detail, previous, hash
  FROM audit
 WHERE number > %(after)s
 ORDER BY number
 LIMIT %(limit)s
