-- Every version of the journal's rows, kept by triggers a test adds: what nobody may overwrite.
CREATE TABLE history (
    number bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    relation text NOT NULL,
    was json,
    "is" json NOT NULL
);
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history (relation, was, "is")
    VALUES (
        TG_TABLE_NAME,
        CASE TG_OP WHEN 'UPDATE' THEN row_to_json(OLD) END,
        row_to_json(NEW)
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER remembered AFTER INSERT OR UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION remember();
CREATE TRIGGER remembered AFTER INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION remember();
CREATE TRIGGER remembered AFTER INSERT OR UPDATE ON steps FOR EACH ROW EXECUTE FUNCTION remember();
