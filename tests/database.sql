-- Of the template of tests/database.py alone: how a test's database is made as new for the next.

CREATE SCHEMA pristine;

-- The catalogs' rows, by number and by the latest transaction that wrote one: any change of the
-- schema moves one of them.
CREATE FUNCTION pristine.schema_seen() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(one.part || ' ' || one.rows || ' ' || one.latest, ', ' ORDER BY one.part)
      FROM (
          SELECT 'class' AS part, count(*) AS rows, max(xmin::text::bigint) AS latest FROM pg_class
          UNION ALL SELECT 'attribute', count(*), max(xmin::text::bigint) FROM pg_attribute
          UNION ALL SELECT 'attrdef', count(*), max(xmin::text::bigint) FROM pg_attrdef
          UNION ALL SELECT 'constraint', count(*), max(xmin::text::bigint) FROM pg_constraint
          UNION ALL SELECT 'proc', count(*), max(xmin::text::bigint) FROM pg_proc
          UNION ALL SELECT 'trigger', count(*), max(xmin::text::bigint) FROM pg_trigger
          UNION ALL SELECT 'rewrite', count(*), max(xmin::text::bigint) FROM pg_rewrite
          UNION ALL SELECT 'sequence', count(*), max(xmin::text::bigint) FROM pg_sequence
          UNION ALL SELECT 'type', count(*), max(xmin::text::bigint) FROM pg_type
          UNION ALL SELECT 'namespace', count(*), max(xmin::text::bigint) FROM pg_namespace
          UNION ALL SELECT 'setting', count(*), max(xmin::text::bigint) FROM pg_db_role_setting
                     WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      ) AS one
$$;

-- The rows that migrations leave behind; no other table has any.
CREATE TABLE pristine.migrations AS TABLE public.migrations;
CREATE TABLE pristine.audit_head AS TABLE public.audit_head;
CREATE TABLE pristine.seen (schema text NOT NULL);

-- Makes the tables as they were. False: it cannot be made as new (somebody still has it open and
-- could write into the next test, the schema was changed), or has grown so that a new one is cheaper.
CREATE FUNCTION pristine.restore() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    _table regclass;
    _looks integer := 0;
BEGIN
    WHILE EXISTS (
        SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()
    ) LOOP
        _looks := _looks + 1;
        IF _looks > 100 THEN
            RETURN false;
        END IF;
        PERFORM pg_sleep(0.005); -- A connection that was closed lingers for a moment.
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
    IF (SELECT schema FROM pristine.seen) IS DISTINCT FROM pristine.schema_seen() THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica; -- Past the triggers, those of foreign keys too.
    FOR _table IN
        SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           AND pg_relation_size(oid) > 0
    LOOP
        IF pg_relation_size(_table) > 1000000 THEN
            RETURN false;
        END IF;
        EXECUTE format('DELETE FROM %s', _table);
    END LOOP;
    INSERT INTO public.migrations TABLE pristine.migrations;
    INSERT INTO public.audit_head TABLE pristine.audit_head;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence
      WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
    RETURN true;
END;
$$;
