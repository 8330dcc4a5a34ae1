-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.

-- audit
-- 1.
select written_at as "writtenAt", event, left(kafka_cluster_id, 249) as "clusterId", task,
       left(config_hash, 249) as "configHash",
       case when length(columns::text) <= 1000000 then columns end as columns,
       case when length(coalesce(ranges, '{}')::text) <= 1000000 then coalesce(ranges, '{}') else '0' end as ranges, case when length(counts::text) <= 1000000 then counts else '0' end as counts,
       encode(subject, 'hex') as subject, by_role as "byRole"
  from sluice_ledger
 where connector = $1 and written_at >= coalesce($2::timestamptz, '-infinity')
   and written_at < coalesce($3::timestamptz, 'infinity')
 order by written_at desc
 limit $4;
