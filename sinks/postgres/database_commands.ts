/** What the commands and the control API do in PostgreSQL; a task uses none of it. @module */

import type postgres from "postgres";
import { ConfigException, ConnectException } from "../../connect/api/exceptions.ts";
import type { OffsetsRequest } from "../../connect/api/plugins.ts";
import { type OffsetMap, PartitionMap } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import {
  type MigrateResult,
  type MigrationRequest,
  type OffsetsSource,
  type OwnerTransaction,
  partitionsInKafka,
} from "../sql/database.ts";
import { withConnection } from "./connection/connection_options.ts";
import { describeTarget, parseConnectionUrl } from "./connection/connection_url.ts";
import { ownerFailure, sqlFailure } from "./connection/failures.ts";
import { sqlFactsText } from "./connection/sqlstate.ts";
import { functionName, rulesOf } from "./migrations/function_rules.ts";
import { migrate, type WorkerLogin } from "./migrations/migrate.ts";
import { MigrationError, readMigrations } from "./migrations/migration_files.ts";
import { OffsetStore } from "./offsets/offset_store.ts";
import { readPostgresSettings } from "./postgres_settings.ts";
import { PostgresHousekeeping } from "./privacy/housekeeping.ts";
import { readLedger } from "./privacy/ledger_reader.ts";
import { SubjectRows, subjectTable } from "./privacy/subject_rows.ts";

/** Runs work in one transaction, as the role of connection.url. */
export async function asOwner<T>(
  props: Props,
  command: string,
  work: (tx: OwnerTransaction) => Promise<T>,
): Promise<T> {
  const { target } = readPostgresSettings(props);
  try {
    return await withConnection(target, `sluice-${command}`, (sql) =>
      sql.begin((tx) =>
        work({
          housekeeping: new PostgresHousekeeping((text, parameters) => tx.unsafe(text, parameters)),
          ledger: (query) => readLedger(tx, query),
          subjects: async (settings) => {
            const table = await subjectTable(tx, settings);
            return (tombstone, nowMs) => new SubjectRows(tx, table, tombstone, nowMs);
          },
        })
      )) as T; // the type of begin() unwraps arrays of promises; there are none
  } catch (error) {
    if (error instanceof ConfigException || error instanceof ConnectException) throw error;
    const { message } = sqlFailure(error, "bookkeeping"); // the driver's own text can quote a row
    throw ownerFailure(`Cannot run ${command} in ${describeTarget(target)}: ${message}`, error);
  }
}

/** Runs a connector's SQL files that haven't been run yet. */
export async function migrateDatabase(request: MigrationRequest): Promise<MigrateResult> {
  const { connector, url, option, folder, worker, settings, unknownFunctions } = request;
  const target = parseConnectionUrl(url, { option });
  const login = worker === null ? {} : { worker: loginOf(worker) };
  const unknown = unknownFunctions.map((name) => [functionName(name), "not known"] as const);
  const rules = new Map([...rulesOf(settings), ...unknown]);
  const files = folder === null ? [] : await readMigrations(folder);
  try {
    return await withConnection(
      target,
      "sluice-migrate",
      (sql) => migrate(sql, { connector, files, rules, ...login }),
    );
  } catch (error) {
    if (error instanceof ConfigException) throw error;
    if (error instanceof MigrationError) throw new ConnectException(error.message, { cause: error });
    const text = `Cannot migrate ${connector} in ${describeTarget(target)}: ${sqlFactsText(error)}`;
    throw ownerFailure(text, error);
  }
}

function loginOf(worker: Props): WorkerLogin {
  const { user, password } = parseConnectionUrl(worker["connection.url"] ?? "", {
    user: worker["connection.user"] ?? null,
    password: worker["connection.password"] ?? null,
  });
  return { user, password: password?.value ?? null };
}

/** Reads the next offsets that the database has for this Kafka; undefined if exactly once is off. */
export async function readOwnOffsets(source: OffsetsSource): Promise<OffsetMap | undefined> {
  return await withStore(source, async (store, sql) => {
    const rows = (await store.list(sql)).filter((row) => row.clusterId === store.options.clusterId);
    return new PartitionMap(
      rows.flatMap(({ at, nextOffset }) => nextOffset === null ? [] : [[at, nextOffset] as const]),
    );
  });
}

/**
 * Sets rows and deletes none: a missing row would mean "use Kafka's offset". A deleted offset becomes the log's start.
 *
 * @returns false if exactly once is off, so the database has no offsets
 */
export async function alterOwnOffsets(request: OffsetsRequest): Promise<boolean> {
  const done = await withStore(request, async (store, sql) => {
    const forgotten = request.offsets.keys().filter((at) => request.offsets.get(at) === null);
    const bounds = await request.admin.logBounds(await partitionsInKafka(forgotten, request.admin));
    const wanted = [...request.offsets].map(([at, offset]) =>
      [at, offset ?? bounds.get(at)?.start ?? 0n] as const
    );
    await sql.begin((tx) => store.set(tx, wanted));
    return true;
  });
  return done ?? false;
}

async function withStore<T>(
  { connectorName, props, admin }: OffsetsSource,
  work: (store: OffsetStore, sql: postgres.Sql) => Promise<T>,
): Promise<T | undefined> {
  const { sink, target } = readPostgresSettings(props);
  if (!sink.exactlyOnce) return undefined;
  const store = new OffsetStore({ connector: connectorName, clusterId: await admin.clusterId() });
  try {
    return await withConnection(target, `sluice-offsets-${connectorName}`, (sql) => work(store, sql));
  } catch (cause) {
    if (cause instanceof ConfigException) throw cause;
    const where = describeTarget(target);
    throw new ConnectException(
      `Cannot use the offsets of ${connectorName} in ${where}: ${sqlFactsText(cause)}`,
      { cause },
    );
  }
}
