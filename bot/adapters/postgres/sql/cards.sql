-- name: insert_card
INSERT INTO cards (subject, channel) VALUES (%(subject)s, %(channel)s)

-- name: open_card
INSERT INTO cards (subject, channel) VALUES (%(subject)s, %(channel)s)
ON CONFLICT (subject) DO NOTHING
RETURNING subject

-- name: claim_cards
WITH due AS (
    SELECT subject
      FROM cards
     WHERE wanted > shown
       AND (next_at IS NULL OR next_at <= %(now)s)
       AND (lease_until IS NULL OR lease_until <= %(now)s)
     ORDER BY changed
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE cards SET lease_until = %(lease_until)s FROM due WHERE cards.subject = due.subject
    RETURNING cards.*
)
SELECT subject, channel, wanted, shown, ts, posting_since, failures FROM claimed ORDER BY changed

-- name: card_posting
UPDATE cards SET posting_since = coalesce(posting_since, %(now)s) WHERE subject = %(subject)s

-- A change that came while this version was being shown goes to the end of the line.
-- name: card_shown
UPDATE cards
   SET ts = %(ts)s, shown = greatest(shown, %(version)s), posting_since = NULL, failures = 0,
       next_at = %(next_at)s, lease_until = NULL, changed = nextval('card_changes')
 WHERE subject = %(subject)s

-- name: card_failed
UPDATE cards
   SET failures = failures + 1, next_at = %(next_at)s, lease_until = NULL
 WHERE subject = %(subject)s

-- name: card_of
SELECT subject, channel, wanted, shown, ts, posting_since, failures
  FROM cards
 WHERE subject = %(subject)s

-- name: insert_note
INSERT INTO notes (
    key, subject, message, file_name, file_title, file_alt, file_content, made_at
) VALUES (
    %(key)s, %(subject)s, %(message)s::json, %(file_name)s, %(file_title)s, %(file_alt)s,
    %(file_content)s, %(now)s
)
ON CONFLICT (key) DO NOTHING
RETURNING key

-- name: find_note
SELECT key FROM notes WHERE key = %(key)s

-- Claimers queue up here: the order within a thread needs a snapshot taken after the last claim.
-- name: queue_for_notes
SELECT pg_advisory_xact_lock(hashtext('filmops.claim_notes'))

-- name: claim_notes
WITH due AS (
    SELECT n.key
      FROM notes n
      JOIN cards c ON c.subject = n.subject
     WHERE n.ts IS NULL AND c.ts IS NOT NULL
       AND (n.next_at IS NULL OR n.next_at <= %(now)s)
       AND (n.lease_until IS NULL OR n.lease_until <= %(now)s)
       AND NOT EXISTS (
           SELECT FROM notes earlier
            WHERE earlier.subject = n.subject AND earlier.ts IS NULL
              AND earlier.place < n.place
              AND (earlier.next_at > %(now)s OR earlier.lease_until > %(now)s)
       )
     ORDER BY n.place
     LIMIT %(limit)s
), claimed AS (
    UPDATE notes SET lease_until = %(lease_until)s FROM due WHERE notes.key = due.key
    RETURNING notes.*
)
SELECT claimed.key, claimed.subject, claimed.message, claimed.posting_since, claimed.failures,
       claimed.uploads, claimed.file_name, claimed.file_title, claimed.file_alt,
       claimed.file_content, cards.channel, cards.ts AS thread
  FROM claimed JOIN cards ON cards.subject = claimed.subject
 ORDER BY claimed.place

-- name: note_posting
UPDATE notes SET posting_since = coalesce(posting_since, %(now)s) WHERE key = %(key)s

-- name: note_uploading
UPDATE notes SET uploads = uploads + 1 WHERE key = %(key)s

-- name: note_posted
UPDATE notes
   SET ts = %(ts)s, posting_since = NULL, lease_until = NULL, file_content = NULL
 WHERE key = %(key)s

-- name: note_failed
UPDATE notes
   SET failures = failures + 1, next_at = %(next_at)s, lease_until = NULL
 WHERE key = %(key)s

-- name: spend_budget
INSERT INTO budgets (name, full_at)
VALUES (%(name)s, %(now)s::timestamptz + %(interval)s::interval)
ON CONFLICT (name) DO UPDATE
   SET full_at = greatest(budgets.full_at, %(now)s) + %(interval)s::interval
 WHERE budgets.full_at - %(slack)s::interval <= %(now)s
RETURNING name

-- name: read_budget
SELECT full_at FROM budgets WHERE name = %(name)s
