/**
 * Statements of the ledger. Its table is partitioned by month, so that what is too old is dropped by the month, and made ahead.
 *
 * A worker may add rows and nothing else. What it can't do itself, making partitions and dropping old ones, a function
 * does with its owner's rights; that one keeps 30 days whatever it's asked for. Whole texts are in
 * tests/unit/sinks/postgres/statements/{ledger,housekeeping,migrations}.sql.
 *
 * @module
 */

import { LEDGER_DAYS_MIN } from "../../sql/options/sluice_keys.ts";
import { lockKey } from "../connection/advisory_lock.ts";
import { quoteIdentifier } from "../tables/identifier.ts";

/** Name of the table; where it is, the search path says. */
export const ledgerTable = "sluice_ledger";
/** Name of the table with what functions keep to, which `migrate` stores. */
export const rulesTable = "sluice_rules";
/** Name of the function that makes and drops its partitions. */
export const ledgerUpkeep = "sluice_ledger_upkeep";

/** What a worker writes of a row, in this order. When and by whom is the database's to say, the subject a command's. */
export const ledgerColumns = [
  ...["event", "connector", "kafka_cluster_id", "task", "config_hash", "columns", "ranges", "counts"],
] as const;

/** Partitions are made for so many months ahead. Rows of a month without one go to a default partition. */
const monthsAhead = 12;

/** Makes the table and its function in the schema, or brings the function up to date. Run as the owner of the database. */
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

/** All but the owner add what workers do, and see what they have a right to see. */
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

/** Making the partitions shouldn't drop any: a hundred years. */
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

/** The entry comes as one JSON text. It isn't asked back: the role that adds can't read. */
export const addEntrySql = addSql(ledgerColumns, "");
/** Workers have no right to name a subject there. */
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

/** Asks for none of the rows that are older than `$1` days, which the function refuses for the same reasons. */
export function purgeNothingSql(name: string): string {
  return `select from ${name}(now() - make_interval(days => $1::int), 0)`;
}

/** Makes partitions ahead, and drops those older than `$1` days. */
export const tendLedgerSql = `select dropped from ${ledgerUpkeep}($1::int)`;

/** Longest JSON that is read of a row, characters: Sluice itself writes far less. */
const jsonCharactersMax = 1_000_000;
/** Longest text that is read of a row, characters. */
export const ledgerTextMax = 249;

const short = (column: string) => `left(${column}, ${ledgerTextMax})`;
const bounded = (column: string) =>
  `case when length(${column}::text) <= ${jsonCharactersMax} then ${column} else '0' end`;

/** The newest `$4` rows of connector `$1` from `$2` on and before `$3`. */
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

/** The schema in which an unqualified name is made. */
export const currentSchemaSql = "select current_schema() as schema";
