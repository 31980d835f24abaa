-- A run may turn round and go its way back; a person may say that a watching step has seen enough.
-- Columns are added only: the release before goes on with what it knows.

ALTER TABLE runs ADD COLUMN turned text CHECK (turned IN ('failed', 'aborted'));
ALTER TABLE steps
    ADD COLUMN back boolean NOT NULL DEFAULT false,
    ADD COLUMN promotable boolean NOT NULL DEFAULT false,
    ADD COLUMN promoted_by text NOT NULL DEFAULT '';

CREATE OR REPLACE VIEW whole_runs AS
SELECT r.id, r.operation, r.resource, r.state, r.control, r.started_at, r.ended_at, r.release,
       r.note,
       coalesce((
           SELECT json_agg(json_build_object(
                      'position', s.position,
                      'spec', json_build_object(
                          'name', s.name, 'title', s.title, 'args', s.args, 'calls', s.calls,
                          'back', s.back, 'promotable', s.promotable
                      ),
                      'state', s.state, 'attempt', s.attempt, 'deaths', s.deaths,
                      'lease_until', s.lease_until, 'progress', s.progress, 'result', s.result,
                      'started_at', s.started_at, 'ended_at', s.ended_at,
                      'promoted_by', s.promoted_by
                  ) ORDER BY s.position)
             FROM steps s WHERE s.run = r.id
       ), '[]') AS steps,
       r.turned
  FROM runs r;

DROP TRIGGER runs_change_card ON runs;
CREATE TRIGGER runs_change_card AFTER UPDATE ON runs FOR EACH ROW
    WHEN (
        (OLD.state, OLD.control, OLD.note, OLD.turned)
        IS DISTINCT FROM (NEW.state, NEW.control, NEW.note, NEW.turned)
    )
    EXECUTE FUNCTION card_want();
DROP TRIGGER steps_change_card ON steps;
CREATE TRIGGER steps_change_card AFTER UPDATE ON steps FOR EACH ROW
    WHEN (
        (OLD.state, OLD.deaths, OLD.progress::text, OLD.result::text, OLD.promoted_by)
        IS DISTINCT FROM
        (NEW.state, NEW.deaths, NEW.progress::text, NEW.result::text, NEW.promoted_by)
    )
    EXECUTE FUNCTION card_want();
