-- How the product's own database does (bot.adapters.postgres.product). Catalogs only; every one of
-- these runs in a read-only transaction of its own, so that one that fails hides no other.

-- name: server
SELECT
    current_setting('server_version') AS version,
    current_user::text AS role,
    pg_has_role(current_user, 'pg_monitor', 'USAGE') AS monitor,
    pg_is_in_recovery() AS standby,
    pg_postmaster_start_time() AS started_at,
    current_setting('max_connections')::int AS most;

-- Of the whole server, as its limit is. Without pg_monitor the others' kind and state are NULL.
-- name: sessions
SELECT coalesce(state, 'not shown') AS state, count(*) AS count
  FROM pg_stat_activity
 WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL)
 GROUP BY 1
 ORDER BY 2 DESC;

-- name: size
SELECT pg_database_size(current_database()) AS bytes;

-- By oid: names of mixed case do not survive being written out.
-- name: tables
SELECT
    n.nspname || '.' || c.relname AS name,
    pg_total_relation_size(c.oid) AS bytes,
    CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples::bigint END AS rows,
    coalesce(pg_stat_get_dead_tuples(c.oid), 0) AS dead
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm')
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 2 DESC, 1
 LIMIT 10;

-- name: blocked
SELECT DISTINCT
    w.pid,
    w.usename::text AS who,
    extract(epoch FROM clock_timestamp() - w.query_start)::float8 AS seconds,
    w.query,
    by.pid AS by_pid,
    coalesce(b.usename::text, 'not shown') AS by_who,
    coalesce(b.state, 'not shown') AS by_state,
    coalesce(b.query, 'not shown') AS by_query
  FROM pg_stat_activity w
 CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS by (pid)
  LEFT JOIN pg_stat_activity b ON b.pid = by.pid
 WHERE w.wait_event_type = 'Lock' AND w.datname = current_database()
 ORDER BY seconds DESC
 LIMIT 10;

-- name: transactions
SELECT
    pid,
    usename::text AS who,
    coalesce(state, 'not shown') AS state,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds,
    query
  FROM pg_stat_activity
 WHERE backend_type = 'client backend'
   AND datname = current_database()
   AND xact_start IS NOT NULL
   AND pid <> pg_backend_pid()
 ORDER BY xact_start
 LIMIT 10;

-- A replica that has replayed all it was sent is not behind, however long ago that was.
-- name: replicas
SELECT
    application_name AS name,
    coalesce(state, 'not shown') AS state,
    extract(epoch FROM replay_lag)::float8 AS lag_seconds,
    pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
        replay_lsn
    )::bigint AS lag_bytes
  FROM pg_stat_replication
UNION ALL
SELECT
    'this replica',
    'replaying',
    CASE
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END::float8,
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint
 WHERE pg_is_in_recovery();
