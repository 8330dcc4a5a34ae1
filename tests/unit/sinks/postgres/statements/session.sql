-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- a session opens, and is asked whether the server takes rows
-- 1.
select pg_backend_pid() as pid, current_setting('server_version_num')::int as version,
       (pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on') as "isReadOnly";
-- 2.
select (pg_is_in_recovery() or current_setting('transaction_read_only') = 'on') as "takesNone";

-- validate looks for a schema
-- 1.
select pg_catalog.to_regnamespace($1) is not null as "isThere";

-- a dry run looks at a table
-- 1.
begin transaction read only;
-- 2.
rollback;
