-- The truth: what was asked, agreed, done and shown. Times always come in as parameters;
-- JSON that is hashed or shown again is `json` (kept to the letter), never `jsonb`.

CREATE TABLE inbox (
    key text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('command', 'action', 'view', 'event')),
    payload json NOT NULL,
    taken_at timestamptz NOT NULL,
    lease_until timestamptz,
    claims integer NOT NULL DEFAULT 0,
    done_at timestamptz
);
CREATE INDEX inbox_not_done ON inbox (taken_at, key) WHERE done_at IS NULL;
CREATE FUNCTION inbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('filmops_inbox', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER inbox_taken AFTER INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION inbox_notify();
CREATE INDEX inbox_done ON inbox (done_at) WHERE done_at IS NOT NULL;

-- Append-only and chained; bot.domain.audit says how. The head is kept apart, so that rows cut
-- off at the end are missed, and its row lock puts writers in line: numbers have no gaps.
CREATE TABLE audit (
    number bigint PRIMARY KEY CHECK (number > 0),
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail json NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL UNIQUE
);
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL,
    hash text NOT NULL
);
INSERT INTO audit_head (number, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = '42501';
END;
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_counts BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.number <> OLD.number + 1) EXECUTE FUNCTION audit_refuse();

CREATE TABLE requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation text NOT NULL,
    params json NOT NULL,
    words text NOT NULL,
    actor text NOT NULL,
    channel text NOT NULL,
    risk text NOT NULL,
    resource text NOT NULL,
    plan json NOT NULL,
    needed integer NOT NULL CHECK (needed >= 0),
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN (
        'planned', 'approved', 'started', 'rejected', 'expired', 'stale', 'refused', 'cancelled'
    )),
    note text NOT NULL,
    settled_at timestamptz,
    reminded_at timestamptz
);
CREATE INDEX requests_waiting ON requests (id) WHERE state IN ('planned', 'approved');
CREATE INDEX requests_overdue ON requests (expires_at) WHERE state = 'planned';
CREATE INDEX requests_of_resource ON requests (resource, id);

CREATE TABLE approvals (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request bigint NOT NULL REFERENCES requests,
    actor text NOT NULL,
    answer text NOT NULL CHECK (answer IN ('approve', 'reject')),
    plan_hash text NOT NULL,
    at timestamptz NOT NULL,
    UNIQUE (request, actor)
);

CREATE TABLE runs (
    id bigint PRIMARY KEY REFERENCES requests,
    operation text NOT NULL,
    resource text NOT NULL,
    state text NOT NULL CHECK (state IN (
        'running', 'paused', 'held', 'succeeded', 'failed', 'aborted'
    )),
    control text NOT NULL CHECK (control IN ('none', 'pause', 'abort')),
    release text NOT NULL,
    note text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX runs_one_open ON runs (resource) WHERE state IN ('running', 'paused', 'held');
CREATE INDEX runs_of_resource ON runs (resource, id);

CREATE TABLE steps (
    run bigint NOT NULL REFERENCES runs,
    position integer NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    args json NOT NULL,
    calls json NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'running', 'waiting', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    deaths integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    progress json NOT NULL DEFAULT '{}',
    result json NOT NULL DEFAULT '{}',
    started_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (run, position)
);

CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL REFERENCES runs,
    resource text NOT NULL,
    operation text NOT NULL,
    summary text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    asked_by text NOT NULL,
    approved_by text[] NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX changes_of_resource ON changes (resource, id);

CREATE TABLE locks (
    kind text NOT NULL CHECK (kind IN ('lock', 'freeze')),
    resource text NOT NULL,
    owner text NOT NULL,
    reason text NOT NULL,
    taken_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (kind, resource)
);

-- As the domain reads them: a request with its approvals, a run with its steps.
CREATE VIEW whole_requests AS
SELECT r.id, r.operation, r.params, r.words, r.actor, r.channel, r.risk, r.resource, r.plan, r.needed,
       r.asked_at, r.expires_at, r.reason, r.state, r.note, r.settled_at,
       coalesce((
           SELECT json_agg(json_build_object(
                      'actor', a.actor, 'answer', a.answer, 'plan_hash', a.plan_hash, 'at', a.at
                  ) ORDER BY a.id)
             FROM approvals a WHERE a.request = r.id
       ), '[]') AS approvals
  FROM requests r;

CREATE VIEW whole_runs AS
SELECT r.id, r.operation, r.resource, r.state, r.control, r.started_at, r.ended_at, r.release,
       r.note,
       coalesce((
           SELECT json_agg(json_build_object(
                      'position', s.position,
                      'spec', json_build_object(
                          'name', s.name, 'title', s.title, 'args', s.args, 'calls', s.calls
                      ),
                      'state', s.state, 'attempt', s.attempt, 'deaths', s.deaths,
                      'lease_until', s.lease_until, 'progress', s.progress, 'result', s.result,
                      'started_at', s.started_at, 'ended_at', s.ended_at
                  ) ORDER BY s.position)
             FROM steps s WHERE s.run = r.id
       ), '[]') AS steps
  FROM runs r;
