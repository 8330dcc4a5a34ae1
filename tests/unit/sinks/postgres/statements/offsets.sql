-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- the offset table is made if it isn't there
-- 1.
select to_regclass($1) is not null as found;
-- 2.
select pg_advisory_xact_lock($1, $2);
-- 3.
create table if not exists "sluice_offsets" (
  connector text not null,
  kafka_cluster_id text not null,
  topic text not null,
  partition int not null check (partition >= 0),
  next_offset bigint check (next_offset >= 0),
  last_timestamp bigint,
  fence bigint not null check (fence > 0),
  updated_at timestamptz not null,
  primary key (connector, kafka_cluster_id, topic, partition)
) with (fillfactor = 50);
-- 4.
select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE']) as privilege
 where not has_table_privilege(to_regclass($1), privilege);

-- a new owner claims partitions: raises their fences
-- 1.
insert into "sluice_offsets" as known (connector, kafka_cluster_id, topic, partition, fence, updated_at)
select $1, $2, given.topic, given.partition, 1, clock_timestamp()
  from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int)
 order by given.topic collate "C", given.partition
on conflict (connector, kafka_cluster_id, topic, partition)
do update set fence = known.fence % 9223372036854775807 + 1, updated_at = excluded.updated_at
returning known.topic, known.partition, known.next_offset::text as next_offset, known.last_timestamp::text as last_timestamp, known.fence::text as fence;

-- a put locks its offsets
-- 1.
select known.topic, known.partition, known.next_offset::text as next_offset, known.last_timestamp::text as last_timestamp, known.fence::text as fence from "sluice_offsets" as known
 where connector = $1 and kafka_cluster_id = $2
   and (topic, partition) in
       (select given.topic, given.partition
          from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int))
 order by topic collate "C", partition
   for update;

-- a put moves its offsets on
-- 1.
update "sluice_offsets" as known
   set next_offset = given.next_offset, last_timestamp = given.last_timestamp, updated_at = clock_timestamp()
  from jsonb_to_recordset($3::text::jsonb)
       as given(topic text, partition int, next_offset bigint, last_timestamp bigint, fence bigint)
 where known.connector = $1 and known.kafka_cluster_id = $2
   and known.topic = given.topic and known.partition = given.partition
   and known.fence = given.fence
   and (known.next_offset is null or known.next_offset <= given.next_offset);

-- a put of spans moves its offsets on
-- 1.
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

-- offsets set
-- 1.
insert into "sluice_offsets" as known
       (connector, kafka_cluster_id, topic, partition, next_offset, fence, updated_at)
select $1, $2, given.topic, given.partition, given.next_offset, 1, clock_timestamp()
  from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int, next_offset bigint)
 order by given.topic collate "C", given.partition
on conflict (connector, kafka_cluster_id, topic, partition)
do update set next_offset = excluded.next_offset, last_timestamp = null,
              fence = known.fence % 9223372036854775807 + 1, updated_at = excluded.updated_at;

-- offsets show
-- 1.
select known.topic, known.partition, known.next_offset::text as next_offset, known.last_timestamp::text as last_timestamp, known.fence::text as fence, kafka_cluster_id, updated_at from "sluice_offsets" as known
 where connector = $1
 order by kafka_cluster_id collate "C", topic collate "C", partition;

-- ends a stopped owner's session
-- 1.
select pg_terminate_backend(a.pid) as ended
  from unnest(pg_blocking_pids($1)) as blocking(pid)
  join pg_stat_activity a on a.pid = blocking.pid
 where a.usename = session_user
   and starts_with(a.application_name, $2)
   and (a.state like 'idle in transaction%' or a.wait_event_type = 'Client')
   and a.state_change <= clock_timestamp() - make_interval(secs => $3);
