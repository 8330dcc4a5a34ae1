/**
 * Statements of the ledger. Its table is partitioned by month: old months are dropped, months ahead are created.
 *
 * A worker may only add rows. A function creates and drops partitions with its owner's rights. It keeps at least 30
 * days, whatever a worker asks for.
 *
 * @module
 */

import { LEDGER_DAYS_MIN } from "../../sql/options/sluice_keys.ts";
import { lockKey } from "../connection/advisory_lock.ts";
import { quoteIdentifier } from "../tables/identifier.ts";

/** Name of the table; the search path gives its schema. */
export const ledgerTable = "sluice_ledger";
/** Name of the table with the functions' rules, which `migrate` stores. */
export const rulesTable = "sluice_rules";
/** Name of the function that creates and drops the ledger's partitions. */
export const ledgerUpkeep = "sluice_ledger_upkeep";

/** The columns that a worker writes, in this order. The database sets time and user, a command the subject. */
export const ledgerColumns = [
  ...["event", "connector", "kafka_cluster_id", "task", "config_hash", "columns", "ranges", "counts"],
] as const;

/** Partitions are created for this many months ahead. Rows of other months go to a default partition. */
const monthsAhead = 12;

/** Creates the table and its function in the schema, or updates the function. Run it as the owner of the database. */
export function createLedgerSql(schema: string): string {
  return `
    create table if not exists ${ledgerTable} (
      written_at timestamptz not null default clock_timestamp(),
      event text not null check (event in ('copied', 'purged', 'shown', 'erased', 'objected', 'allowed')),
      connector text not null,
      kafka_cluster_id text,
      task int,
      config_hash text,
      columns text[],
      ranges jsonb,
      counts jsonb not null,
      subject bytea,
      by_role text not null default session_user
    ) partition by range (written_at);
    create table if not exists ${ledgerTable}_default partition of ${ledgerTable} default;
    create index if not exists ${ledgerTable}_by_connector on ${ledgerTable} (connector, written_at);
    comment on table ${ledgerTable} is 'What Sluice did, and when: no value of a record is in it.';
    comment on column ${ledgerTable}.subject is 'Key of the row that a command was about: a pseudonym.';
    ${workersRows}
    ${upkeepFunction(schema)}
    select from ${ledgerUpkeep}(${monthsKeptDays});`;
}

/** Workers add their own rows, and see the rows that they may see. */
const workersRows = `
    do $$
    begin
      if not (select relrowsecurity from pg_class where oid = '${ledgerTable}'::regclass) then
        create policy sluice_read on ${ledgerTable} for select using (true);
        create policy sluice_add on ${ledgerTable} for insert
          with check (event in ('copied', 'purged') and subject is null);
        alter table ${ledgerTable} enable row level security;
      end if;
    end
    $$;`;

/** While creating partitions, keep all: a hundred years. */
const monthsKeptDays = 36_500;

function upkeepFunction(schema: string): string {
  return `
    create or replace function ${ledgerUpkeep}(keep_days int) returns table (made int, dropped int)
    language plpgsql security definer
    set search_path = ${quoteIdentifier(schema)}, pg_temp set lock_timeout = '2s' as $$
    declare
      first_month date := date_trunc('month', now() at time zone 'UTC')::date;
      month date;
      child text;
      stored int := (select max((r.rules ->> 'days')::int) from ${rulesTable} r where r.function = '${ledgerUpkeep}');
    begin
      if keep_days is null or keep_days < ${LEDGER_DAYS_MIN} then
        raise exception 'the ledger keeps ${LEDGER_DAYS_MIN} days at least' using errcode = '22023';
      end if;
      keep_days := greatest(keep_days, stored);
      made := 0;
      dropped := 0;
      if not pg_try_advisory_xact_lock(${lockKey("ledger_upkeep")}) then -- another worker does it right now
        return next;
        return;
      end if;
      for month in select (first_month + make_interval(months => n))::date from generate_series(0, ${monthsAhead}) n loop
        child := '${ledgerTable}_' || to_char(month, 'YYYY_MM');
        if to_regclass(quote_ident(child)) is null then
          begin
            execute format('create table %I partition of ${ledgerTable} for values from (%L) to (%L)', child,
              month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
            made := made + 1;
          exception when check_violation then
            null; -- the default partition has rows of that month, and they stay there
          end;
        end if;
      end loop;
      for child, month in
        select c.relname, to_date(right(c.relname, 7), 'YYYY_MM')
          from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = '${ledgerTable}'::regclass and c.relname ~ '^${ledgerTable}_[0-9]{4}_[0-9]{2}$'
      loop
        if (month + interval '1 month') at time zone 'UTC' <= now() - make_interval(days => keep_days) then
          execute format('drop table %I', child);
          dropped := dropped + 1;
        end if;
      end loop;
      delete from ${ledgerTable}_default where written_at < now() - make_interval(days => keep_days);
      return next;
    end
    $$;
    revoke all on function ${ledgerUpkeep}(int) from public;`;
}

/** Whether the role may write the columns `$2`, a JSON array, of table `$1`. */
export const mayAddSql = `
  select bool_and(has_column_privilege(to_regclass($1), name, 'INSERT')) as may
    from jsonb_array_elements_text($2::text::jsonb) as n(name)`;

/** Whether the role may call the function of signature `$1`. */
export const mayCallSql = "select has_function_privilege(to_regprocedure($1), 'EXECUTE') as may";

/** Adds an entry, given as one JSON text. Returns nothing: the role that adds can't read. */
export const addEntrySql = addSql(ledgerColumns, "");
/** Adds an entry with a subject, which workers have no right to. */
export const addEntryOfSubjectSql = addSql([...ledgerColumns, "subject"], ", decode(e.subject, 'hex')");

function addSql(columns: readonly string[], subject: string): string {
  return `
  insert into ${ledgerTable} (${columns.join(", ")})
  select e.event, e.connector, e.cluster, e.task, e.config,
         case when e.columns is not null then array(select jsonb_array_elements_text(e.columns)) end,
         e.ranges, e.counts${subject}
    from jsonb_to_record($1::text::jsonb)
         as e(event text, connector text, cluster text, task int, config text, columns jsonb, ranges jsonb,
              counts jsonb, subject text)`;
}

/** Empties at most `$2` rows that are older than `$1`, by the function of that quoted name. */
export function purgeSql(name: string): string {
  return `select emptied::int8::int as emptied, removed::int8::int as removed from ${name}($1::timestamptz, $2::int)`;
}

/** Calls that function for no rows, with `$1` days: it refuses for the same reasons. */
export function purgeNothingSql(name: string): string {
  return `select from ${name}(now() - make_interval(days => $1::int), 0)`;
}

/** Creates partitions ahead, and drops those older than `$1` days. */
export const tendLedgerSql = `select dropped from ${ledgerUpkeep}($1::int)`;

/** Longest JSON read from a row, in characters: Sluice writes far less. */
const jsonCharactersMax = 1_000_000;
/** Longest text read from a row, in characters. */
export const ledgerTextMax = 249;

const short = (column: string) => `left(${column}, ${ledgerTextMax})`;
const bounded = (column: string) =>
  `case when length(${column}::text) <= ${jsonCharactersMax} then ${column} else '0' end`;

/** Returns the newest `$4` rows of connector `$1` from `$2` on and before `$3`. */
export const ledgerSql = `
  select written_at as "writtenAt", event, ${short("kafka_cluster_id")} as "clusterId", task,
         ${short("config_hash")} as "configHash",
         case when length(columns::text) <= ${jsonCharactersMax} then columns end as columns,
         ${bounded("coalesce(ranges, '{}')")} as ranges, ${bounded("counts")} as counts,
         encode(subject, 'hex') as subject, by_role as "byRole"
    from ${ledgerTable}
   where connector = $1 and written_at >= coalesce($2::timestamptz, '-infinity')
     and written_at < coalesce($3::timestamptz, 'infinity')
   order by written_at desc
   limit $4`;

/** Returns the schema in which an unqualified name is created. */
export const currentSchemaSql = "select current_schema() as schema";
