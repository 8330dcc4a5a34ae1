/** The rights that statements over a table need, held against the role's own. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { TablePlan, WriteKind } from "../../sql/dialect.ts";
import { tableText } from "../../sql/plan/table_name.ts";
import type { Session } from "../connection/session.ts";
import { wordsOf } from "../statements/rows.ts";

/** A right that the role lacks. */
interface LackingRight {
  readonly right: string;
  /** Columns or sequences; null = the table or schema as a whole. */
  readonly names: string | null;
}

/**
 * `$1` is the table; `$2`, `$3` and `$4` are the columns that are inserted, updated and read; `$5` is the kind of
 * statement. A sequence behind a default is needed if the statement doesn't bring the column.
 */
const lackingQuery = `
  with t as (select pg_catalog.to_regclass($1)::oid as id),
  sequences as (
    select s.oid, s.relname, s.relkind from t
      join pg_catalog.pg_attrdef d on d.adrelid = t.id
      join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum = d.adnum
      join pg_catalog.pg_depend p on p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid
       and p.refclassid = 'pg_catalog.pg_class'::regclass
      join pg_catalog.pg_class s on s.oid = p.refobjid
     where pg_catalog.cardinality($2::text[]) > 0 and a.attname <> all ($2::text[])
  ), wanted as (
    select 'INSERT' as name, pg_catalog.unnest($2::text[]) as "column"
    union all select 'UPDATE', pg_catalog.unnest($3::text[])
    union all select 'SELECT', pg_catalog.unnest($4::text[])
  ), lacking as (
    select w.name as right, w."column" as name from wanted w, t
      join pg_catalog.pg_attribute a on a.attrelid = t.id and a.attnum > 0
     where a.attname = w."column" and not pg_catalog.has_column_privilege(t.id, a.attnum, w.name)
    union all
    select 'DELETE', null from t where $5::text = 'delete' and not pg_catalog.has_table_privilege(t.id, 'DELETE')
    union all
    select 'USAGE of schema', n.nspname::text from t join pg_catalog.pg_class r on r.oid = t.id
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace where not pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    union all
    select 'USAGE of sequence', relname::text from sequences
     where case when relkind = 'S' then not pg_catalog.has_sequence_privilege(oid, 'USAGE')
             and not pg_catalog.has_sequence_privilege(oid, 'UPDATE') end
  )
  select "right", pg_catalog.string_agg(name, ', ' order by name) as names from lacking group by "right" order by "right"`;

/**
 * Looks for rights on a table that the role lacks.
 *
 * @throws ConfigException that names them and the table
 */
export async function checkTableRights(session: Session, plan: TablePlan, kind: WriteKind): Promise<void> {
  const { inserted, updated, read } = columnsUsed(plan, kind);
  const lacking = await session.query<LackingRight>(lackingQuery, [
    wordsOf(plan).table,
    arrayOf(inserted),
    arrayOf(updated),
    arrayOf(read),
    kind,
  ]);
  if (lacking.length === 0) return;
  const rights = lacking.map(({ right, names }) => names === null ? right : `${right} (${names})`).join(", ");
  throw new ConfigException(
    `Cannot write to table ${
      tableText(plan.table.name)
    }: SQLSTATE 42501 insufficient_privilege: this role lacks the rights ${rights}: grant them`,
  );
}

/** Columns by what a statement does with them; EXCLUDED is read, too. */
function columnsUsed({ columns, guard }: TablePlan, kind: WriteKind): {
  readonly inserted: readonly string[];
  readonly updated: readonly string[];
  readonly read: readonly string[];
} {
  const all = columns.map(({ shape }) => shape.name);
  const keys = columns.filter(({ role }) => role === "key").map(({ shape }) => shape.name);
  const others = all.filter((name) => !keys.includes(name));
  const guarded = guard === null ? [] : [guard.time, ...guard.position ?? []];
  switch (kind) {
    case "insert":
      return { inserted: all, updated: [], read: [] };
    case "ignore":
      return { inserted: all, updated: [], read: keys };
    case "upsert":
      return { inserted: all, updated: others, read: guard === null ? all : [...keys, ...guarded] };
    case "update":
      return { inserted: [], updated: others, read: keys };
    case "delete":
      return { inserted: [], updated: [], read: keys };
    case "seal":
      return { inserted: keys, updated: others, read: keys };
    case "rekey":
      return { inserted: [], updated: [], read: keys };
  }
}

function arrayOf(names: readonly string[]): string {
  return `{${names.map((name) => `"${name.replace(/["\\]/g, "\\$&")}"`).join()}}`;
}
