/** Statements of the list of replayed dead letters. @module */

/** Name of the table; the search path gives its schema. */
export const replayedTable = "sluice_dead_letters_done";

/** Creates the list. */
export const createReplayedSql = `
  create table if not exists ${replayedTable} (
    connector text not null,
    kafka_cluster_id text not null,
    topic text not null,
    partition int not null,
    record_offset bigint not null,
    done_at timestamptz not null default now(),
    primary key (connector, kafka_cluster_id, topic, partition, record_offset)
  )`;

/** Adds letters: `$1` is the connector, `$2` the Kafka cluster, then arrays of topics, partitions and offsets. */
export const addReplayedSql = `
  insert into ${replayedTable} (connector, kafka_cluster_id, topic, partition, record_offset)
  select $1, $2, t, p, o
    from unnest($3::text[], $4::int[], $5::bigint[]) as given (t, p, o)
  on conflict do nothing`;

/** Returns a connector's letters of one Kafka cluster. */
export const replayedSql = `
  select topic, partition, record_offset::text as offset from ${replayedTable}
   where connector = $1 and kafka_cluster_id = $2`;
