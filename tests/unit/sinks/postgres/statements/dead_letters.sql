-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- dlq list reads what was replayed, dlq replay adds to it
-- 1.
select to_regclass($1) is not null as found;
-- 2.
select topic, partition, record_offset::text as offset from sluice_dead_letters_done
 where connector = $1 and kafka_cluster_id = $2;
-- 3.
create table if not exists sluice_dead_letters_done (
  connector text not null,
  kafka_cluster_id text not null,
  topic text not null,
  partition int not null,
  record_offset bigint not null,
  done_at timestamptz not null default now(),
  primary key (connector, kafka_cluster_id, topic, partition, record_offset)
);
-- 4.
insert into sluice_dead_letters_done (connector, kafka_cluster_id, topic, partition, record_offset)
select $1, $2, t, p, o
  from unnest($3::text[], $4::int[], $5::bigint[]) as given (t, p, o)
on conflict do nothing;
