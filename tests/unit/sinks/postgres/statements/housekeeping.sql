-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- looks for the ledger and for what empties old rows
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000;
-- 2.
select bool_and(has_column_privilege(to_regclass($1), name, 'INSERT')) as may
  from jsonb_array_elements_text($2::text::jsonb) as n(name);
-- 3.
commit;
-- 4. again 1.
-- 5.
select has_function_privilege(to_regprocedure($1), 'EXECUTE') as may;
-- 6. again 3.
-- 7. again 1.
-- 8.
select from "telesales"."purge_people"(now() - make_interval(days => $1::int), 0);
-- 9. again 3.

-- the ledger's row of a command on one person
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000;
-- 2.
insert into sluice_ledger (event, connector, kafka_cluster_id, task, config_hash, columns, ranges, counts, subject)
select e.event, e.connector, e.cluster, e.task, e.config,
       case when e.columns is not null then array(select jsonb_array_elements_text(e.columns)) end,
       e.ranges, e.counts, decode(e.subject, 'hex')
  from jsonb_to_record($1::text::jsonb)
       as e(event text, connector text, cluster text, task int, config text, columns jsonb, ranges jsonb,
            counts jsonb, subject text);
-- 3.
commit;

-- the ledger's next row
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000;
-- 2.
insert into sluice_ledger (event, connector, kafka_cluster_id, task, config_hash, columns, ranges, counts)
select e.event, e.connector, e.cluster, e.task, e.config,
       case when e.columns is not null then array(select jsonb_array_elements_text(e.columns)) end,
       e.ranges, e.counts
  from jsonb_to_record($1::text::jsonb)
       as e(event text, connector text, cluster text, task int, config text, columns jsonb, ranges jsonb,
            counts jsonb, subject text);
-- 3.
commit;

-- retention and the ledger's upkeep
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000;
-- 2.
select emptied::int8::int as emptied, removed::int8::int as removed from "telesales"."purge_people"($1::timestamptz, $2::int);
-- 3.
commit;
-- 4. again 1.
-- 5.
select dropped from sluice_ledger_upkeep($1::int);
-- 6. again 3.
