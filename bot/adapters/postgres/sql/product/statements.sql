-- What only pg_stat_statements knows; its columns are those since PostgreSQL 13.

-- The extension may lie in a schema nobody looks in: for this transaction it is looked in.
-- name: statements_here
SELECT
    set_config('search_path', quote_ident(n.nspname) || ', pg_catalog', true) AS path,
    quote_ident(n.nspname) AS schema,
    has_schema_privilege(n.oid, 'USAGE') AS usable
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements';

-- name: slow
SELECT
    query,
    calls,
    (mean_exec_time / 1000)::float8 AS mean_seconds,
    (total_exec_time / 1000)::float8 AS total_seconds
  FROM pg_stat_statements
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
 ORDER BY mean_exec_time DESC
 LIMIT 10;
