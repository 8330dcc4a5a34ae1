/** The rights that statements over a table need, held against the role's own. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { TablePlan, WriteKind } from "../sql/dialect.ts";
import { tableText } from "../sql/table_name.ts";
import { tableOfPlan } from "./row_sql.ts";
import type { Session } from "./session.ts";

/** A right that the role lacks. */
interface LackingRight {
  readonly right: string;
  /** Columns or sequences; null = the table or schema as a whole. */
  readonly names: string | null;
}

/**
 * `$1` is the table, `$2` the columns that are written, `$3` those that are read, `$4` the rights on the table that the
 * kind of statement needs, `$5` the columns that are changed in rows that are there. Rights on all columns are enough for a right on one.
 */
const lackingQuery = `
  with t as (select pg_catalog.to_regclass($1)::oid as id),
  columns as (
    select a.attnum, a.attname, a.attname = any ($2::text[]) as "isWritten", a.attname = any ($3::text[]) as "isRead",
           a.attname = any ($5::text[]) as "isChanged"
      from pg_catalog.pg_attribute a, t where a.attrelid = t.id and a.attnum > 0 and not a.attisdropped
  ), lacking as (
    select r.name as right, c.attname::text as name from columns c, t, unnest($4::text[]) as r(name)
     where ((c."isWritten" and r.name = 'INSERT') or (c."isChanged" and r.name = 'UPDATE'))
       and not pg_catalog.has_column_privilege(t.id, c.attnum, r.name)
    union all
    select 'SELECT', c.attname::text from columns c, t
     where c."isRead" and not pg_catalog.has_column_privilege(t.id, c.attnum, 'SELECT')
    union all
    select 'DELETE', null from t where 'DELETE' = any ($4::text[]) and not pg_catalog.has_table_privilege(t.id, 'DELETE')
    union all
    select 'USAGE of schema', n.nspname::text from t join pg_catalog.pg_class r on r.oid = t.id
      join pg_catalog.pg_namespace n on n.oid = r.relnamespace where not pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    union all
    select 'USAGE of sequence', s.relname::text from t
      join pg_catalog.pg_attrdef d on d.adrelid = t.id
      join pg_catalog.pg_depend p on p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid
       and p.refclassid = 'pg_catalog.pg_class'::regclass
      join pg_catalog.pg_class s on s.oid = p.refobjid and s.relkind = 'S'
     where not pg_catalog.has_sequence_privilege(s.oid, 'USAGE')
  )
  select "right", pg_catalog.string_agg(name, ', ' order by name) as names from lacking group by "right" order by "right"`;

const rightsOf: Readonly<Record<WriteKind, readonly string[]>> = {
  insert: ["INSERT"],
  ignore: ["INSERT"],
  upsert: ["INSERT", "UPDATE"],
  update: ["UPDATE"],
  delete: ["DELETE"],
  erase: ["INSERT", "UPDATE"],
  rekey: ["UPDATE"],
};

/**
 * Looks for rights that the role lacks.
 *
 * @throws ConfigException that names them and the table
 */
export async function checkTableRights(session: Session, plan: TablePlan, kind: WriteKind): Promise<void> {
  if (plan.function !== undefined) return; // it has the rights of its owner
  const nameOf = ({ shape }: TablePlan["columns"][number]) => shape.name;
  const keys = plan.columns.filter(({ role }) => role === "key").map(nameOf);
  const written = kind === "update"
    ? plan.columns.filter(({ role }) => role !== "key").map(nameOf)
    : kind === "delete"
    ? []
    : plan.columns.map(nameOf);
  const lacking = await session.query<LackingRight>(lackingQuery, [
    tableOfPlan(plan).sql,
    arrayOf(written),
    arrayOf(kind === "insert" ? [] : keys),
    arrayOf(rightsOf[kind]),
    arrayOf(kind === "rekey" ? written : written.filter((name) => !keys.includes(name))),
  ]);
  if (lacking.length === 0) return;
  const rights = lacking.map(({ right, names }) => names === null ? right : `${right} (${names})`).join(", ");
  throw new ConfigException(
    `Cannot write to table ${tableText(plan.table.name)}: this role lacks the rights ${rights}: grant them`,
  );
}

function arrayOf(names: readonly string[]): string {
  return `{${names.map((name) => `"${name.replace(/["\\]/g, "\\$&")}"`).join()}}`;
}
