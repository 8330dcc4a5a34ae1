/** Telesales' Bank 2 for tests: migrated, with a login for the worker and one for a reader. @module */

import postgres from "postgres";
import type { Props } from "../../../connect/api/sink_task.ts";
import { rulesOf } from "../../../sinks/postgres/migrations/function_rules.ts";
import { migrate } from "../../../sinks/postgres/migrations/migrate.ts";
import { type MigrationFile, readMigrations } from "../../../sinks/postgres/migrations/migration_files.ts";
import { sqlFacts } from "../../../sinks/postgres/connection/sqlstate.ts";
import { readSinkSettings } from "../../../sinks/sql/options/option_rules.ts";
import { freshDatabase, freshName, type TestDatabase } from "../world.ts";

export interface Bank2 extends AsyncDisposable {
  /** URL of the administrator. */
  readonly adminUrl: string;
  /** URL of a login with the writer role, as BANK2_URL. */
  readonly writerUrl: string;
  /** URL of a login with the reader role. */
  readonly readerUrl: string;
  readonly admin: postgres.Sql;
}

export const connectorsFolder = new URL("../../../connectors/", import.meta.url);

/** Stores the rules of telesales' functions, as `migrate` does for these options. */
export async function storeRulesOf(admin: postgres.Sql, props: Props): Promise<void> {
  const withoutReferences = Object.entries(props).filter(([, value]) => !value.includes("${"));
  const own = { "connection.url": "postgres://worker@localhost", "key.secret": "x".repeat(32) };
  const rules = rulesOf(readSinkSettings({ ...own, ...Object.fromEntries(withoutReferences) }));
  await migrate(admin, { connector: "telesales", files: await migrationsOf("telesales"), rules });
}

async function migrationsOf(connector: string): Promise<readonly MigrationFile[]> {
  return await readMigrations(new URL(`${connector}/migrations/`, connectorsFolder));
}

export async function migrateConnector(admin: postgres.Sql, connector: string): Promise<void> {
  await migrate(admin, { connector, files: await migrationsOf(connector) });
}

/**
 * Creates a Bank 2; its logins are dropped with it.
 *
 * @param given an empty database; absent = a new one of the shared server
 */
export async function freshBank2(given?: TestDatabase): Promise<Bank2> {
  // Not a copy of a prepared database: PUBLIC's rights on a database aren't copied.
  const database = given ?? await freshDatabase();
  const admin = postgres(database.url, { max: 2, onnotice: () => {} });
  await migrateConnector(admin, "telesales");
  const [writer, reader] = [freshName("writer"), freshName("reader")];
  await admin.unsafe(`create role ${writer} login password 'w' in role telesales_writer`);
  await admin.unsafe(`create role ${reader} login password 'r' in role telesales_reader`);
  return {
    adminUrl: database.url,
    writerUrl: as(database.url, writer, "w"),
    readerUrl: as(database.url, reader, "r"),
    admin,
    [Symbol.asyncDispose]: async () => {
      await admin.unsafe(`drop owned by ${writer}, ${reader}; drop role ${writer}, ${reader}`);
      await admin.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
    },
  };
}

function as(url: string, user: string, password: string): string {
  const parsed = new URL(url);
  parsed.username = user;
  parsed.password = password;
  return parsed.href;
}

/** Returns the SQLSTATE with which a statement is refused, or null. */
export async function sqlState(sql: postgres.Sql, statement: string): Promise<string | null> {
  try {
    await sql.unsafe(statement);
    return null;
  } catch (error) {
    return sqlFacts(error).sqlstate;
  }
}
