-- What `filmops check` wants to know of the role that reads the product's database.

-- name: may_write
SELECT
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
    (
        SELECT count(*)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p')
           AND n.nspname <> 'information_schema'
           AND n.nspname !~ '^pg_'
           AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    ) AS tables;
