/**
 * Asks Bank 2 and prints the answer as a table: `deno task ask "select …"`, for who has no psql.
 *
 * @module
 */

import postgres from "postgres";
import { print, tableLines } from "../cli/output.ts";

const url = Deno.env.get("BANK2_ADMIN_URL");
const [question] = Deno.args;
if (url === undefined || question === undefined) {
  console.error('Cannot ask: BANK2_ADMIN_URL and a question are expected, deno task ask "select 1"');
  Deno.exit(2);
}
const sql = postgres(url, { max: 1, onnotice: () => {} });
try {
  const rows = await sql.unsafe<Record<string, unknown>[]>(question);
  const names = Object.keys(rows[0] ?? {});
  print(tableLines([names, ...rows.map((row) => names.map((name) => textOf(row[name])))]));
} finally {
  await sql.end({ timeout: 1 });
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? "");
}
