-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- a put of inserts
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000;
-- 2.
insert into "Shop"."order item" as r ("Order ""id""", "at", "code", "extra", "line", "note", "price", "relation", "state", "tags", "waited")
select u.c0, cast(u.c1 as timestamptz(3)), u.c2, u.c3, u.c4, u.c5, cast(u.c6 as numeric(10, 2)), u.c7, cast(u.c8 as shop.item_state), cast(u.c9 as text[]), pg_catalog.interval_in(pg_catalog.textout(u.c10), 0, 134283263)
  from unnest($1::int8[], $2::timestamptz[], $3::bpchar[], $4::jsonb[], $5::int4[], $6::text[], $7::numeric[], $8::regclass[], $9::text[], $10::text[], $11::text[]) as u(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10);
-- 3.
commit;

-- a put that looks rows up by a join
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
delete from "purchase_totals"."order_total" as r
 using (select u.c0 as "order_id"
          from unnest($1::int8[]) as u(c0)) as n
 where r."order_id" = n."order_id";
-- 3.
commit;

-- a put with exactly once
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
select known.topic, known.partition, known.next_offset::text as next_offset, known.last_timestamp::text as last_timestamp, known.fence::text as fence from "sluice_offsets" as known
 where connector = $1 and kafka_cluster_id = $2
   and (topic, partition) in
       (select given.topic, given.partition
          from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int))
 order by topic collate "C", partition
   for update;
-- 3.
insert into "purchase_totals"."order_total" as r ("order_id", "created_at", "total")
select u.c0, u.c1, cast(u.c2 as numeric(14, 2))
  from unnest($1::int8[], $2::timestamptz[], $3::numeric[]) as u(c0, c1, c2)
on conflict ("order_id")
do update set "created_at" = excluded."created_at",
              "total" = excluded."total";
-- 4.
update "sluice_offsets" as known
   set next_offset = given.next_offset, last_timestamp = given.last_timestamp, updated_at = clock_timestamp()
  from jsonb_to_recordset($3::text::jsonb)
       as given(topic text, partition int, next_offset bigint, last_timestamp bigint, fence bigint)
 where known.connector = $1 and known.kafka_cluster_id = $2
   and known.topic = given.topic and known.partition = given.partition
   and known.fence = given.fence
   and (known.next_offset is null or known.next_offset <= given.next_offset);
-- 5.
commit;

-- a put of spans
-- 1.
begin;
-- 2.
select set_config('log_parameter_max_length_on_error', '0', true), set_config('idle_in_transaction_session_timeout', '10000', true), set_config('lock_timeout', '30000', true), set_config('statement_timeout', '60000', true), set_config('transaction_timeout', '90000', true);
-- 3.
insert into "purchase_totals"."order_total" as r ("order_id", "created_at", "total")
select u.c0, u.c1, cast(u.c2 as numeric(14, 2))
  from unnest($1::int8[], $2::timestamptz[], $3::numeric[]) as u(c0, c1, c2)
on conflict ("order_id")
do update set "created_at" = excluded."created_at",
              "total" = excluded."total";
-- 4.
commit;

-- a put of spans with exactly once
-- 1.
begin;
-- 2.
select set_config('log_parameter_max_length_on_error', '0', true), set_config('idle_in_transaction_session_timeout', '10000', true), set_config('lock_timeout', '30000', true), set_config('statement_timeout', '60000', true), set_config('transaction_timeout', '90000', true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true);
-- 3.
with given as (
  select * from jsonb_to_recordset($3::text::jsonb)
    as given(topic text, partition int, before bigint, next_offset bigint, last_timestamp bigint, fence bigint)
), locked as (
  select given.*
    from "sluice_offsets" as known
    join given on known.topic = given.topic and known.partition = given.partition
   where known.connector = $1 and known.kafka_cluster_id = $2
     and known.fence = given.fence and known.next_offset = given.before
   order by given.topic collate "C", given.partition
     for update of known
), moved as (
  update "sluice_offsets" as known
     set next_offset = locked.next_offset, last_timestamp = locked.last_timestamp, updated_at = clock_timestamp()
    from locked
   where known.connector = $1 and known.kafka_cluster_id = $2
     and known.topic = locked.topic and known.partition = locked.partition
  returning known.partition
)
select 1 / ((select count(*) from moved) = (select count(*) from given))::int as "isMoved";
-- 4.
commit;

-- begin on PostgreSQL 13
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
commit;

-- begin on PostgreSQL 12
-- 1.
begin; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
commit;

-- a search for bad records
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
savepoint sluice;
-- 3.
rollback to savepoint sluice;
-- 4.
release savepoint sluice; savepoint sluice;
-- 5.
set constraints all immediate;
-- 6.
select objid::int8::int as place, pg_advisory_unlock(classid::int8::int, objid::int8::int) as "isFree"
  from pg_catalog.pg_locks
 where locktype = 'advisory' and pid = pg_backend_pid() and classid = pg_backend_pid()::oid and objsubid = 2;
-- 7.
rollback;

-- a statement tried without rows
-- 1.
begin; set local log_parameter_max_length_on_error = 0; set local idle_in_transaction_session_timeout = 10000; set local lock_timeout = 30000; set local statement_timeout = 60000; set local transaction_timeout = 90000; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
-- 2.
insert into "purchase_totals"."order_total" as r ("order_id", "created_at", "total")
select u.c0, u.c1, cast(u.c2 as numeric(14, 2))
  from unnest($1::int8[], $2::timestamptz[], $3::numeric[]) as u(c0, c1, c2)
on conflict ("order_id")
do update set "created_at" = excluded."created_at",
              "total" = excluded."total";
-- 3.
rollback;
