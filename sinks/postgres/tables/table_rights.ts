import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { TablePlan, WriteKind } from "../../sql/dialect.ts";
import { tableText } from "../../sql/plan/table_name.ts";
import type { Session } from "../connection/session.ts";
import { lackingRightsSql } from "../statements/role_rights.ts";
import { wordsOf } from "../statements/rows.ts";

interface LackingRight {
  readonly right: string;
  /** Columns or sequences; null = the table or schema as a whole. */
  readonly names: string | null;
}

/**
 * Checks the rights that statements over a table need.
 *
 * @throws ConfigException that names the table and the lacking rights
 */
export async function checkTableRights(session: Session, plan: TablePlan, kind: WriteKind): Promise<void> {
  const { inserted, updated, read } = columnsUsed(plan, kind);
  const lacking = await session.query<LackingRight>(lackingRightsSql, [
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

/** Columns by what a statement does with them; EXCLUDED counts as read. */
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
