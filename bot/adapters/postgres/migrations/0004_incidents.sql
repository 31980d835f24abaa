-- Incidents, their climbs of the ladder, and each level's page: the outbox towards PagerDuty.
-- Writers lock parent < child < page (by escalation, level) < card (by number) < audit head.

CREATE TABLE incidents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('P1', 'P2', 'P3', 'P4')),
    source text NOT NULL CHECK (source IN (
        'hand', 'cloudwatch', 'pagerduty', 'filmops', 'storm', 'drill'
    )),
    fingerprint text NOT NULL,
    service text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    alerts integer NOT NULL DEFAULT 1,
    alerted_at timestamptz,
    acked_at timestamptz,
    acked_by text NOT NULL DEFAULT '',
    acked_via text NOT NULL DEFAULT '',
    resolved_at timestamptz,
    resolved_by text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    parent bigint REFERENCES incidents,
    children integer NOT NULL DEFAULT 0,
    climbs integer NOT NULL DEFAULT 0,
    repeats integer NOT NULL DEFAULT 0,
    -- Its severity pages nobody: it may stand open without a next deadline.
    silent boolean NOT NULL DEFAULT false,
    resume_at timestamptz,
    resume_why text CHECK (resume_why IN (
        'repeat', 'snooze', 'maintenance', 'promise', 'silence'
    )),
    resume_note text NOT NULL DEFAULT '',
    unowned_at timestamptz,
    CHECK ((resume_at IS NULL) = (resume_why IS NULL)),
    CHECK (state <> 'resolved' OR resume_at IS NULL)
);
CREATE UNIQUE INDEX incidents_one_unresolved ON incidents (fingerprint) WHERE state <> 'resolved';
CREATE INDEX incidents_unresolved ON incidents (id) WHERE state <> 'resolved';
CREATE INDEX incidents_of_service ON incidents (service, id);
CREATE INDEX incidents_of_parent ON incidents (parent) WHERE parent IS NOT NULL;
CREATE INDEX incidents_waiting ON incidents (resume_at) WHERE resume_at IS NOT NULL;

CREATE TABLE escalations (
    id text PRIMARY KEY,
    incident bigint NOT NULL REFERENCES incidents,
    number integer NOT NULL,
    why text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_why text NOT NULL DEFAULT '',
    UNIQUE (incident, number)
);
CREATE UNIQUE INDEX escalations_one_open ON escalations (incident) WHERE ended_at IS NULL;

-- `next_at`: to be sent, or the lease of who is sending; `look_at`: to be looked for at PagerDuty;
-- `tell_at`: PagerDuty is to be told `wish`. Each is null when there is nothing of it to do.
CREATE TABLE pages (
    key text PRIMARY KEY,
    escalation text NOT NULL REFERENCES escalations,
    incident bigint NOT NULL REFERENCES incidents,
    level integer NOT NULL CHECK (level > 0),
    due_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN (
        'armed', 'sending', 'waiting', 'sent', 'confirmed', 'unconfirmed', 'superseded',
        'skipped', 'refused', 'cancelled', 'gone'
    )),
    attempts integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    unsure boolean NOT NULL DEFAULT false,
    -- False once it was acknowledged, resolved, snoozed or replaced: it is not tried again.
    needed boolean NOT NULL DEFAULT true,
    owner text NOT NULL DEFAULT '',
    next_at timestamptz,
    first_at timestamptz,
    sent_at timestamptz,
    look_at timestamptz,
    looks integer NOT NULL DEFAULT 0,
    reached text[] NOT NULL DEFAULT '{}',
    wish text NOT NULL DEFAULT '' CHECK (wish IN ('', 'acknowledge', 'resolve')),
    wish_by text NOT NULL DEFAULT '',
    tell_at timestamptz,
    tellings integer NOT NULL DEFAULT 0,
    said text NOT NULL DEFAULT '',
    CHECK ((next_at IS NOT NULL) = (state IN ('armed', 'sending', 'waiting')))
);
CREATE INDEX pages_of_incident ON pages (incident);
CREATE INDEX pages_of_escalation ON pages (escalation, level);
CREATE INDEX pages_to_send ON pages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pages_to_send_of_level ON pages (level, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pages_to_look_for ON pages (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX pages_to_tell ON pages (tell_at) WHERE tell_at IS NOT NULL;

CREATE TABLE happenings (
    incident bigint NOT NULL REFERENCES incidents,
    place bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    actor text NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (incident, place)
);

-- What people see of an incident is on its card. Leases, attempts and looks are not.
CREATE FUNCTION incident_wants_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'incidents' THEN
        PERFORM want_card('I' || NEW.id);
    ELSE
        PERFORM want_card('I' || NEW.incident);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER incidents_change_card AFTER UPDATE ON incidents FOR EACH ROW
    WHEN (OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION incident_wants_card();
CREATE TRIGGER escalations_change_card AFTER INSERT ON escalations FOR EACH ROW
    EXECUTE FUNCTION incident_wants_card();
-- A claim (it raises `attempts`) wants its cards itself, since it may be of several.
CREATE TRIGGER pages_change_card AFTER UPDATE ON pages FOR EACH ROW
    WHEN (
        (OLD.state, OLD.due_at, OLD.reached, OLD.said)
        IS DISTINCT FROM (NEW.state, NEW.due_at, NEW.reached, NEW.said)
        AND NEW.attempts = OLD.attempts
    )
    EXECUTE FUNCTION incident_wants_card();

-- The schedulers sleep until the next instant they know of: whatever is earlier wakes them.
CREATE FUNCTION pages_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('filmops_pages', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER pages_notify_new AFTER INSERT ON pages FOR EACH STATEMENT
    EXECUTE FUNCTION pages_notify();
CREATE TRIGGER pages_notify_sooner AFTER UPDATE ON pages FOR EACH ROW
    WHEN (
        (NEW.state = 'armed' AND NEW.next_at IS DISTINCT FROM OLD.next_at)
        OR (OLD.tell_at IS NULL AND NEW.tell_at IS NOT NULL)
    )
    EXECUTE FUNCTION pages_notify();
CREATE TRIGGER incidents_notify_sooner AFTER UPDATE ON incidents FOR EACH ROW
    WHEN (NEW.resume_at < coalesce(OLD.resume_at, 'infinity'))
    EXECUTE FUNCTION pages_notify();

ALTER TABLE locks DROP CONSTRAINT locks_kind_check;
ALTER TABLE locks ADD CONSTRAINT locks_kind_check CHECK (kind IN ('lock', 'freeze', 'maintenance'));
