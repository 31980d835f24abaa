-- A card is of a subject: R12 is request 12. What comes later has a letter of its own and a
-- trigger that calls want_card(); the tables here need not change for it.

-- All at once, in the order in which writers take them.
LOCK TABLE requests, notes, cards IN ACCESS EXCLUSIVE MODE;

ALTER TABLE notes DROP CONSTRAINT notes_request_fkey;
DROP INDEX notes_unposted;
ALTER TABLE cards DROP CONSTRAINT cards_request_fkey;
ALTER TABLE cards DROP CONSTRAINT cards_pkey;

-- `request` is for the release before, which runs until its processes are restarted and again
-- if this one is rolled back. It is null for other subjects: that release leaves them alone.
ALTER TABLE cards ADD COLUMN subject text, ALTER COLUMN request DROP NOT NULL;
ALTER TABLE notes ADD COLUMN subject text, ALTER COLUMN request DROP NOT NULL;
UPDATE cards SET subject = 'R' || request;
UPDATE notes SET subject = 'R' || request;
ALTER TABLE cards ADD PRIMARY KEY (subject);
ALTER TABLE notes ALTER COLUMN subject SET NOT NULL, ADD FOREIGN KEY (subject) REFERENCES cards;
CREATE INDEX notes_unposted ON notes (subject, place) WHERE ts IS NULL;

CREATE FUNCTION card_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.subject IS NULL THEN
        NEW.subject := 'R' || NEW.request;
    ELSIF NEW.subject LIKE 'R%' THEN
        NEW.request := substr(NEW.subject, 2)::bigint;
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER cards_subject BEFORE INSERT ON cards FOR EACH ROW
    EXECUTE FUNCTION card_subject();
CREATE TRIGGER notes_subject BEFORE INSERT ON notes FOR EACH ROW
    EXECUTE FUNCTION card_subject();

CREATE FUNCTION want_card(_subject text) RETURNS void LANGUAGE sql AS $$
    UPDATE cards
       SET changed = CASE WHEN wanted > shown THEN changed ELSE nextval('card_changes') END,
           wanted = wanted + 1
     WHERE subject = _subject
$$;

CREATE OR REPLACE FUNCTION card_want() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Not by to_jsonb(NEW): it refuses what `json` may hold (an escaped NUL).
    CASE TG_TABLE_NAME
        WHEN 'approvals' THEN PERFORM want_card('R' || NEW.request);
        WHEN 'steps' THEN PERFORM want_card('R' || NEW.run);
        ELSE PERFORM want_card('R' || NEW.id);
    END CASE;
    RETURN NULL;
END;
$$;
