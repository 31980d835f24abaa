-- What of an incident was published at the status page, and what stands there.
CREATE TABLE posts (
    incident bigint PRIMARY KEY REFERENCES incidents,
    id text NOT NULL,
    status text NOT NULL CHECK (status IN (
        'investigating', 'identified', 'monitoring', 'resolved'
    ))
);
CREATE INDEX posts_unresolved ON posts (incident) WHERE status <> 'resolved';
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE state = 'resolved';
