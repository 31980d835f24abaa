-- The outbox towards Slack. `wanted` is raised by triggers here, so that no statement which
-- changes what people see can forget it; writers lock run < step < card < audit head.

CREATE SEQUENCE card_changes;

CREATE TABLE cards (
    request bigint PRIMARY KEY REFERENCES requests,
    channel text NOT NULL,
    wanted integer NOT NULL DEFAULT 1,
    shown integer NOT NULL DEFAULT 0,
    -- The order of the oldest change not shown yet: a counter, since triggers have no clock.
    changed bigint NOT NULL DEFAULT nextval('card_changes'),
    ts text,
    posting_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    lease_until timestamptz
);
CREATE INDEX cards_due ON cards (changed) WHERE wanted > shown;

CREATE TABLE notes (
    key text PRIMARY KEY,
    request bigint NOT NULL REFERENCES cards,
    place bigint GENERATED ALWAYS AS IDENTITY,
    message json NOT NULL,
    made_at timestamptz NOT NULL,
    posting_since timestamptz,
    failures integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    lease_until timestamptz,
    ts text
);
CREATE INDEX notes_unposted ON notes (request, place) WHERE ts IS NULL;

-- One row a budget: the instant at which it would be full again.
CREATE TABLE budgets (
    name text PRIMARY KEY,
    full_at timestamptz NOT NULL
);

CREATE FUNCTION card_want() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    _request bigint;
BEGIN
    -- Not by to_jsonb(NEW): it refuses what `json` may hold (an escaped NUL).
    CASE TG_TABLE_NAME
        WHEN 'approvals' THEN _request := NEW.request;
        WHEN 'steps' THEN _request := NEW.run;
        ELSE _request := NEW.id;
    END CASE;
    UPDATE cards
       SET changed = CASE WHEN wanted > shown THEN changed ELSE nextval('card_changes') END,
           wanted = wanted + 1
     WHERE request = _request;
    RETURN NULL;
END;
$$;
CREATE TRIGGER requests_change_card AFTER UPDATE ON requests FOR EACH ROW
    WHEN ((OLD.state, OLD.note) IS DISTINCT FROM (NEW.state, NEW.note))
    EXECUTE FUNCTION card_want();
CREATE TRIGGER approvals_change_card AFTER INSERT ON approvals FOR EACH ROW
    EXECUTE FUNCTION card_want();
CREATE TRIGGER runs_change_card AFTER UPDATE ON runs FOR EACH ROW
    WHEN ((OLD.state, OLD.control, OLD.note) IS DISTINCT FROM (NEW.state, NEW.control, NEW.note))
    EXECUTE FUNCTION card_want();
-- A claim or renewal that changes only the lease or attempt is not seen by anybody.
CREATE TRIGGER steps_change_card AFTER UPDATE ON steps FOR EACH ROW
    WHEN (
        (OLD.state, OLD.deaths, OLD.progress::text, OLD.result::text)
        IS DISTINCT FROM (NEW.state, NEW.deaths, NEW.progress::text, NEW.result::text)
    )
    EXECUTE FUNCTION card_want();

CREATE FUNCTION card_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('filmops_cards', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER cards_notify_new AFTER INSERT ON cards FOR EACH STATEMENT
    EXECUTE FUNCTION card_notify();
CREATE TRIGGER cards_notify AFTER UPDATE ON cards FOR EACH ROW
    WHEN (NEW.wanted > OLD.wanted OR (OLD.ts IS NULL AND NEW.ts IS NOT NULL))
    EXECUTE FUNCTION card_notify();
CREATE TRIGGER notes_notify AFTER INSERT ON notes FOR EACH STATEMENT
    EXECUTE FUNCTION card_notify();
