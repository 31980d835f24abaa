-- A note may carry a file, and a line of the change log more than words. Columns are added only:
-- the release before posts such a note without its file.

ALTER TABLE notes
    ADD COLUMN file_name text,
    ADD COLUMN file_title text,
    ADD COLUMN file_alt text,
    -- Null again once it is posted: Slack keeps it then.
    ADD COLUMN file_content bytea,
    ADD COLUMN uploads integer NOT NULL DEFAULT 0;

ALTER TABLE changes ADD COLUMN detail json NOT NULL DEFAULT '{}';
