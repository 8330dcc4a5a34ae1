/**
 * Statements of the offsets beside the rows. Partitions come as one JSON text. Rows are locked in the order of topic
 * and partition, so that two owners wait for each other instead of deadlocking.
 *
 * @module
 */

/** The statements of one table, by its quoted name. */
export interface OffsetsSql {
  /** Raises each fence and creates missing rows. */
  readonly claim: string;
  readonly lock: string;
  readonly advance: string;
  /** Locks rows that are as expected and advances them; divides by zero if one isn't. */
  readonly move: string;
  readonly set: string;
  readonly list: string;
}

// As text, so that a pool's own parser of int8 doesn't matter.
const returned =
  "known.topic, known.partition, known.next_offset::text as next_offset, known.last_timestamp::text as last_timestamp, known.fence::text as fence";

/** Fences only need to differ, so after the largest the first follows. */
const nextFence = "known.fence % 9223372036854775807 + 1";

/** In all statements `$1` is the connector, `$2` the Kafka cluster, `$3` the partitions. */
export function offsetsSql(table: string): OffsetsSql {
  return {
    claim: `
      insert into ${table} as known (connector, kafka_cluster_id, topic, partition, fence, updated_at)
      select $1, $2, given.topic, given.partition, 1, clock_timestamp()
        from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int)
       order by given.topic collate "C", given.partition
      on conflict (connector, kafka_cluster_id, topic, partition)
      do update set fence = ${nextFence}, updated_at = excluded.updated_at
      returning ${returned}`,
    lock: `
      select ${returned} from ${table} as known
       where connector = $1 and kafka_cluster_id = $2
         and (topic, partition) in
             (select given.topic, given.partition
                from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int))
       order by topic collate "C", partition
         for update`,
    advance: `
      update ${table} as known
         set next_offset = given.next_offset, last_timestamp = given.last_timestamp, updated_at = clock_timestamp()
        from jsonb_to_recordset($3::text::jsonb)
             as given(topic text, partition int, next_offset bigint, last_timestamp bigint, fence bigint)
       where known.connector = $1 and known.kafka_cluster_id = $2
         and known.topic = given.topic and known.partition = given.partition
         and known.fence = given.fence
         and (known.next_offset is null or known.next_offset <= given.next_offset)`,
    move: moveSql(table),
    set: `
      insert into ${table} as known
             (connector, kafka_cluster_id, topic, partition, next_offset, fence, updated_at)
      select $1, $2, given.topic, given.partition, given.next_offset, 1, clock_timestamp()
        from jsonb_to_recordset($3::text::jsonb) as given(topic text, partition int, next_offset bigint)
       order by given.topic collate "C", given.partition
      on conflict (connector, kafka_cluster_id, topic, partition)
      do update set next_offset = excluded.next_offset, last_timestamp = null,
                    fence = ${nextFence}, updated_at = excluded.updated_at`,
    list: `
      select ${returned}, kafka_cluster_id, updated_at from ${table} as known
       where connector = $1
       order by kafka_cluster_id collate "C", topic collate "C", partition`,
  };
}

function moveSql(table: string): string {
  return `
    with given as (
      select * from jsonb_to_recordset($3::text::jsonb)
        as given(topic text, partition int, before bigint, next_offset bigint, last_timestamp bigint, fence bigint)
    ), locked as (
      select given.*
        from ${table} as known
        join given on known.topic = given.topic and known.partition = given.partition
       where known.connector = $1 and known.kafka_cluster_id = $2
         and known.fence = given.fence and known.next_offset = given.before
       order by given.topic collate "C", given.partition
         for update of known
    ), moved as (
      update ${table} as known
         set next_offset = locked.next_offset, last_timestamp = locked.last_timestamp, updated_at = clock_timestamp()
        from locked
       where known.connector = $1 and known.kafka_cluster_id = $2
         and known.topic = locked.topic and known.partition = locked.partition
      returning known.partition
    )
    select 1 / ((select count(*) from moved) = (select count(*) from given))::int as "isMoved"`;
}

/** Creates the table. Rows are locked in the order of its primary key. */
export function createOffsetsSql(table: string): string {
  // Each commit rewrites the rows: free space in the page saves an index update.
  return `
    create table if not exists ${table} (
      connector text not null,
      kafka_cluster_id text not null,
      topic text not null,
      partition int not null check (partition >= 0),
      next_offset bigint check (next_offset >= 0),
      last_timestamp bigint,
      fence bigint not null check (fence > 0),
      updated_at timestamptz not null,
      primary key (connector, kafka_cluster_id, topic, partition)
    ) with (fillfactor = 50)`;
}

/** Returns the rights that the sink needs on table `$1` and the role lacks. The right to delete isn't needed. */
export const lackingOffsetRightsSql = `
  select privilege from unnest(array['SELECT', 'INSERT', 'UPDATE']) as privilege
   where not has_table_privilege(to_regclass($1), privilege)`;

/** Whether rows of table `$1` are guarded already. */
export const isGuardedSql = `
  select relrowsecurity as guarded from pg_class where oid = to_regclass($1)`;

/**
 * Lets a login use a connector's rows only if it is a member of the connector's writer role. Connectors without such a
 * role stay open to all.
 */
export function guardOffsetsSql(table: string): readonly string[] {
  return [
    `
    create policy sluice_own_connector on ${table} using (coalesce(pg_has_role(to_regrole(quote_ident(
      lower(regexp_replace(connector, '[^A-Za-z0-9]+', '_', 'g')) || '_writer')), 'MEMBER'), true))`,
    `alter table ${table} enable row level security`,
  ];
}

/**
 * Ends sessions that block process `$1`: of the same role, with an application name that begins with `$2`, and without
 * a message from their process for `$3` seconds. A session that is busy in the server is left alone.
 */
export const endStoppedOwnerSql = `
  select pg_terminate_backend(a.pid) as ended
    from unnest(pg_blocking_pids($1)) as blocking(pid)
    join pg_stat_activity a on a.pid = blocking.pid
   where a.usename = session_user
     and starts_with(a.application_name, $2)
     and (a.state like 'idle in transaction%' or a.wait_event_type = 'Client')
     and a.state_change <= clock_timestamp() - make_interval(secs => $3)`;
