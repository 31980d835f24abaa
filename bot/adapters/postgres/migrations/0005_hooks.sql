-- Webhooks, kept until they have been acted on. One that failed for two days is given up: it
-- stays, with its reason, and its payload.

CREATE TABLE hooks (
    id text PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('sns', 'pagerduty')),
    payload json NOT NULL,
    taken_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    said text NOT NULL DEFAULT '',
    given_up boolean NOT NULL DEFAULT false,
    done_at timestamptz
);
-- `next_at` is also the end of a lease: claiming moves it.
CREATE INDEX hooks_due ON hooks (next_at) WHERE done_at IS NULL AND NOT given_up;
CREATE INDEX hooks_done ON hooks (done_at) WHERE done_at IS NOT NULL;
CREATE FUNCTION hooks_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('filmops_hooks', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER hooks_taken AFTER INSERT ON hooks FOR EACH STATEMENT EXECUTE FUNCTION hooks_notify();
