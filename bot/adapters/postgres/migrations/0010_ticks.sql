-- Who answers for which box of a checklist; a row that is not there is an open box.
CREATE TABLE ticks (
    subject text NOT NULL,
    key text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (subject, key)
);

CREATE FUNCTION tick_wants_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM want_card(coalesce(NEW.subject, OLD.subject));
    RETURN NULL;
END;
$$;
CREATE TRIGGER ticks_change_card AFTER INSERT OR DELETE ON ticks FOR EACH ROW
    EXECUTE FUNCTION tick_wants_card();
