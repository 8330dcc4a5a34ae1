/**
 * Runs a connector's SQL files.
 *
 * A connector's folder may have `migrations/001_name.sql`, `002_…`. Each file is run once, in order, in a transaction
 * of its own, and its checksum is stored. Several processes may migrate at the same time. The tables for offsets, the
 * ledger and the functions' rules are created first, so files can refer to them.
 *
 * @module
 */

import type postgres from "postgres";
import type { MigrateResult } from "../../sql/database.ts";
import { advisoryLockWithin, lockKey } from "../connection/advisory_lock.ts";
import { type FunctionRules, storeRules } from "./function_rules.ts";
import { createLedgerSql, currentSchemaSql } from "../statements/ledger.ts";
import {
  addMigrationSql,
  createHistorySql,
  createRulesSql,
  grantRoleSql,
  loginSql,
  migrationBehindSql,
  migrationSql,
  roleSql,
} from "../statements/migrations.ts";
import { createOffsetsSql } from "../statements/offsets.ts";
import { MigrationError, type MigrationFile, orderMigrations } from "./migration_files.ts";
import { guardOffsets, offsetTableDefault } from "../offsets/offset_store.ts";
import type { SqlSession } from "../connection/session.ts";
import { scramVerifier } from "../connection/scram_verifier.ts";
import { sqlFacts, sqlFactsText } from "../connection/sqlstate.ts";

/** The worker's login, from its connection.url. */
export interface WorkerLogin {
  readonly user: string;
  readonly password: string | null;
}

interface MigrateOptions {
  readonly connector: string;
  readonly files: readonly MigrationFile[];
  /** The worker's login, if known: created if missing, and given the connector's writer role. */
  readonly worker?: WorkerLogin;
  /** Rules that the database's functions apply from now on; absent = the stored ones. */
  readonly rules?: FunctionRules;
  /** Longest wait for another migration of the same database, milliseconds; absent = ten minutes. */
  readonly lockTimeoutMs?: number;
}

/**
 * Runs the files that haven't been run yet.
 *
 * @param sql connected as the administrator: owner of the database, with the right to create roles
 * @throws MigrationError that names the file, its line and the SQLSTATE; files before it stay applied
 *
 * @example
 * ```ts ignore
 * const files = await readMigrations(new URL("connectors/telesales/migrations/", projectFolder));
 * const { applied } = await migrate(sql, { connector: "telesales", files });
 * ```
 */
export async function migrate(sql: postgres.Sql, options: MigrateOptions): Promise<MigrateResult> {
  const files = orderMigrations(options.connector, options.files);
  const { lockTimeoutMs = lockTimeoutMsDefault } = options;
  const locked = <T>(run: (tx: SqlSession) => Promise<T>): Promise<T> => inTurn(sql, lockTimeoutMs, run);
  await locked(async (tx) => {
    await tx.unsafe(createHistorySql);
    await refuseUnknown(tx, options.connector, files);
    await tx.unsafe(createOffsetsSql(offsetTableDefault));
    await guardOffsets(tx, offsetTableDefault);
    await tx.unsafe(createRulesSql);
    await createLedger(tx);
  });
  const applied: string[] = [];
  for (const file of files) {
    if (await locked((tx) => applyOnce(tx, options.connector, file))) applied.push(file.name);
  }
  if (options.rules !== undefined) {
    const { connector, rules } = options;
    await locked((tx) => storeRules(tx, connector, rules));
  }
  const login = options.worker === undefined
    ? "not known"
    : await ensureLogin(sql, options.worker, writerRole(options.connector));
  const unknownRules = [...options.rules ?? []].filter(([, rules]) => rules === "not known").map(([name]) =>
    name
  );
  return { applied, before: files.length - applied.length, login, unknownRules };
}

/**
 * Returns the name of the role that a connector's files may create for its worker. The login of connection.url becomes
 * its member.
 *
 * @example
 * ```ts
 * import { writerRole } from "./migrate.ts";
 * if (writerRole("purchase-totals") !== "purchase_totals_writer") throw new Error("dashes are no part of roles");
 * ```
 */
export function writerRole(connector: string): string {
  return `${connector.replaceAll(/[^A-Za-z0-9]+/g, "_").toLowerCase()}_writer`;
}

/** Time for a large file of another process. */
const lockTimeoutMsDefault = 600_000;

/** Each transaction takes the lock again, so it also works through a pooler that shares connections. */
function inTurn<T>(
  sql: postgres.Sql,
  lockTimeoutMs: number,
  run: (tx: SqlSession) => Promise<T>,
): Promise<T> {
  return sql.begin(async (tx) => {
    if (!await advisoryLockWithin(tx, "migrate", lockTimeoutMs)) throw stillLocked(lockTimeoutMs);
    return await run(tx);
  }) as Promise<T>; // the type of begin() unwraps arrays of promises; there are none
}

function stillLocked(lockTimeoutMs: number): MigrationError {
  const [space, id] = lockKey("migrate").split(", ");
  return new MigrationError(
    `Cannot migrate: another session has held the lock of migrations for ${
      lockTimeoutMs / 1000
    } s; wait for a ` +
      "migration that runs, or look for the session and end it: select a.pid, a.usename, a.application_name from " +
      "pg_locks l join pg_stat_activity a using (pid) " +
      `where l.locktype = 'advisory' and l.classid = ${space} and l.objid = ${id} and l.granted`,
  );
}

async function createLedger(tx: SqlSession): Promise<void> {
  const [row] = await tx.unsafe<{ schema: string | null }[]>(currentSchemaSql);
  const schema = row?.schema;
  if (schema === undefined || schema === null) {
    throw new Error("Cannot make the ledger: no schema to make it in");
  }
  await tx.unsafe(createLedgerSql(schema)).simple();
}

/** Returns true if the file was run now. */
async function applyOnce(tx: SqlSession, connector: string, file: OrderedMigration): Promise<boolean> {
  const [known] = await tx.unsafe<{ name: string; checksum: string }[]>(migrationSql, [
    connector,
    file.version,
  ]);
  if (known !== undefined) {
    refuseChanged(file, known);
    return false;
  }
  await runFile(tx, file);
  await tx.unsafe(addMigrationSql, [connector, file.version, file.name, file.checksum]);
  return true;
}

type OrderedMigration = ReturnType<typeof orderMigrations>[number];

function refuseChanged(
  file: OrderedMigration,
  known: { readonly name: string; readonly checksum: string },
): void {
  if (known.checksum === file.checksum) return;
  throw new MigrationError(
    `Cannot migrate: ${file.name} is not what was applied as ${known.name} ` +
      `(checksum ${file.checksum.slice(0, 12)}, applied ${known.checksum.slice(0, 12)}); ` +
      `put the change into a new file`,
  );
}

async function runFile(tx: SqlSession, file: OrderedMigration): Promise<void> {
  try {
    await tx.unsafe(file.text).simple();
  } catch (error) {
    throw new MigrationError(
      `Cannot migrate: ${file.name}${lineOf(error, file.text)}: ${sqlFactsText(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** The server counts characters from the beginning of the file. */
function lineOf(error: unknown, text: string): string {
  const position = typeof error === "object" && error !== null ? Number(Reflect.get(error, "position")) : NaN;
  if (!Number.isInteger(position) || position < 1) return "";
  return `, line ${[...text].slice(0, position - 1).filter((character) => character === "\n").length + 1}`;
}

/** A file that this Sluice doesn't have comes from a newer one, whose rules this one doesn't know. */
async function refuseUnknown(
  tx: SqlSession,
  connector: string,
  files: readonly OrderedMigration[],
): Promise<void> {
  const [ahead] = await tx.unsafe<{ name: string }[]>(migrationBehindSql, [connector, files.length]);
  if (ahead === undefined) return;
  throw new MigrationError(
    `Cannot migrate: the database has ${ahead.name} of ${connector}, which this version of Sluice doesn't bring`,
  );
}

/**
 * Creates the login. Roles belong to the server, and one that can log in is never changed: a password is set only on a
 * new role, or on the writer role while it can't log in. The password itself is never sent.
 */
async function ensureLogin(
  sql: postgres.Sql,
  worker: WorkerLogin,
  writer: string,
): Promise<"made" | "there"> {
  for (let triesLeft = raceTriesMax;; triesLeft--) {
    try {
      return await sql.begin((tx) => ensureOnce(tx, worker, writer)) as "made" | "there";
    } catch (error) {
      if (triesLeft === 0 || !isRace(error)) throw error;
    }
  }
}

/** Databases of one server share its roles, so a migration of another database may create the same role now. */
const raceTriesMax = 5;
const raceStates: ReadonlySet<string | null> = new Set(["42710", "23505", "XX000"]);

function isRace(error: unknown): boolean {
  return raceStates.has(sqlFacts(error).sqlstate);
}

async function ensureOnce(tx: SqlSession, worker: WorkerLogin, writer: string): Promise<"made" | "there"> {
  const login = await findRole(tx, worker.user);
  const mayLogIn = login?.rolcanlogin === true;
  if (login === undefined || (!mayLogIn && worker.user === writer)) {
    await makeLogin(tx, worker, login !== undefined);
  }
  const isMember = login?.rolsuper === true || worker.user === writer;
  if (!isMember && await findRole(tx, writer) !== undefined) {
    await tx.unsafe(grantRoleSql(writer, worker.user));
  }
  return mayLogIn ? "there" : "made";
}

async function findRole(tx: SqlSession, name: string) {
  const [role] = await tx.unsafe<{ rolcanlogin: boolean; rolsuper: boolean }[]>(roleSql, [name]);
  return role;
}

async function makeLogin(tx: SqlSession, { user, password }: WorkerLogin, exists: boolean): Promise<void> {
  const verifier = password === null ? null : scramVerifier(password);
  await tx.unsafe(loginSql(exists ? "alter" : "create", user, verifier));
}
