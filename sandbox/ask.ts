/**
 * Queries Bank 2 and prints the answer as a table: `deno task ask "select …"`, for machines without psql.
 *
 * @module
 */

import postgres from "postgres";
import type { Arguments, CommandSpec } from "../cli/command.ts";
import { print, tableLines } from "../cli/output.ts";
import { networkText } from "../connect/security/network_failure.ts";
import { runTask, TaskError } from "../cli/task_program.ts";
import { UsageError } from "../cli/usage_error.ts";

const command: CommandSpec = {
  name: "ask",
  summary: 'Runs SQL in the database of BANK2_ADMIN_URL and prints the result: deno task ask "select 1"',
  words: "SQL",
  options: [],
};

async function ask(given: Arguments): Promise<number> {
  const url = Deno.env.get("BANK2_ADMIN_URL");
  const [question] = given.words;
  if (question === undefined || given.words.length > 1) {
    throw new UsageError('Cannot ask: one question in quotes is expected, as in deno task ask "select 1"');
  }
  if (url === undefined || url === "") {
    throw new UsageError(
      "Cannot ask: BANK2_ADMIN_URL is not set; source the shop.env that deno task shop writes",
    );
  }
  if (!URL.canParse(url)) {
    throw new UsageError(
      "Cannot ask: BANK2_ADMIN_URL isn't a URL, expected postgres://USER:PASSWORD@HOST:PORT/DATABASE",
    );
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    print(tableOf(await sql.unsafe<Record<string, unknown>[]>(question)));
    return 0;
  } catch (error) {
    throw new TaskError(`Cannot ask: ${reasonOf(error, new URL(url).host)}`);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function tableOf(rows: readonly Record<string, unknown>[]): readonly string[] {
  const names = Object.keys(rows[0] ?? {});
  return tableLines([names, ...rows.map((row) => names.map((name) => textOf(row[name])))]);
}

/** The query is the user's own, so PostgreSQL's messages may be shown. */
function reasonOf(error: unknown, host: string): string {
  if (!(error instanceof Error)) return "the driver failed";
  if (error instanceof postgres.PostgresError) {
    const hint = error.hint === undefined ? "" : `; ${error.hint}`;
    const position = error.position === undefined ? "" : `, at character ${error.position}`;
    return `PostgreSQL says ${error.code}: ${error.message}${position}${hint}`;
  }
  const code = networkText(String(Reflect.get(error, "code") ?? error.name));
  return `${host} of BANK2_ADMIN_URL can't be reached: ${code}`;
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? "");
}

Deno.exit(await runTask(command, Deno.args, ask));
