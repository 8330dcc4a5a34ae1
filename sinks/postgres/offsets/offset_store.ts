/**
 * Sluice's own offsets, stored beside the rows so that both are committed together.
 *
 * One row per partition: the next offset to write, and a fence that each new owner raises. A task that finds a fence
 * other than its own has lost the partition.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import type { OffsetProgress } from "../../sql/dialect.ts";
import type { ExpectedProgress } from "../../sql/span_dialect.ts";
import { advisoryLock } from "../connection/advisory_lock.ts";
import type { SqlSession } from "../connection/session.ts";
import { sqlFacts } from "../connection/sqlstate.ts";
import {
  createOffsetsSql,
  guardOffsetsSql,
  isGuardedSql,
  lackingOffsetRightsSql,
  type OffsetsSql,
  offsetsSql,
} from "../statements/offsets.ts";
import { isTableSql } from "../statements/session.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { textParameter } from "../wire/span_parameters.ts";
import type { FlightStatement } from "../wire/wire.ts";

/** SQLSTATE of {@link OffsetStore.move} if a partition isn't as expected: division by zero. */
export const offsetsMovedState = "22012";

export const offsetTableDefault = "sluice_offsets";

interface OffsetStoreOptions {
  readonly connector: string;
  readonly clusterId: string;
  /** Table, or schema and table separated by a dot; the session's search_path finds a table without schema. */
  readonly table?: string;
}

export interface StoredOffset {
  readonly at: TopicPartition;
  /** The first offset that isn't in the database yet; null if an owner claimed the partition and hasn't written. */
  readonly nextOffset: bigint | null;
  /** Timestamp in milliseconds of the record at `nextOffset - 1`; null if it isn't known. */
  readonly lastTimestamp: number | null;
  readonly fence: bigint;
}

/** A row as `offsets show` lists it, of any cluster. */
interface ListedOffset extends StoredOffset {
  readonly clusterId: string;
  readonly updatedAt: Date;
}

/**
 * Reads and writes the rows of one connector.
 *
 * @example
 * ```ts
 * import { OffsetStore } from "./offset_store.ts";
 * const store = new OffsetStore({ connector: "telesales", clusterId: "kafka-1" });
 * if (store.table !== '"sluice_offsets"') throw new Error("names are quoted");
 * ```
 */
export class OffsetStore {
  readonly table: string;
  readonly #sql: OffsetsSql;

  constructor(readonly options: OffsetStoreOptions) {
    this.table = quoteIdentifier(...(options.table ?? offsetTableDefault).split("."));
    this.#sql = offsetsSql(this.table);
  }

  /**
   * Claims partitions: raises each fence and creates missing rows. Waits for a task that still writes to them. Call it
   * in a transaction, and commit before writing any of their records.
   */
  async open(tx: SqlSession, partitions: readonly TopicPartition[]): Promise<PartitionMap<StoredOffset>> {
    const rows = await tx.unsafe<OffsetRow[]>(
      this.#sql.claim,
      [this.options.connector, this.options.clusterId, asJson(partitions)],
      prepared,
    );
    return toMap(rows);
  }

  /**
   * Locks the rows until the transaction ends and returns them, without missing ones. A fence other than the task's
   * own, or no row, means that the partition has another owner.
   */
  async lock(tx: SqlSession, partitions: readonly TopicPartition[]): Promise<PartitionMap<StoredOffset>> {
    const rows = await tx.unsafe<OffsetRow[]>(
      this.#sql.lock,
      [this.options.connector, this.options.clusterId, asJson(partitions)],
      prepared,
    ).execute(); // sent at once: later statements rely on it
    return toMap(rows);
  }

  /**
   * Advances offsets, in the transaction that locked them.
   *
   * @throws Error if a row's fence or offset isn't what was locked
   */
  async advance(tx: SqlSession, advances: readonly OffsetProgress[]): Promise<void> {
    if (advances.length === 0) return;
    const given = advances.map(({ at, nextOffset, lastTimestamp, fence }) => ({
      ...{ topic: at.topic, partition: at.partition },
      ...{ next_offset: String(nextOffset), last_timestamp: lastTimestamp, fence: String(fence) },
    }));
    const { count } = await tx.unsafe(
      this.#sql.advance,
      [this.options.connector, this.options.clusterId, JSON.stringify(given)],
      prepared,
    ).execute();
    if (count !== advances.length) {
      throw new Error(`Cannot advance offsets: ${count} of ${advances.length} rows are as they were locked`);
    }
  }

  /**
   * Returns the statement that locks and advances offsets. If a partition's fence or offset isn't the expected one, it
   * fails with {@link offsetsMovedState}, and with it the transaction.
   */
  move(progress: readonly ExpectedProgress[]): FlightStatement {
    const given = progress.map(({ at, before, nextOffset, lastTimestamp, fence }) => ({
      ...{
        topic: at.topic,
        partition: at.partition,
        before: String(before),
        next_offset: String(nextOffset),
      },
      ...{ last_timestamp: lastTimestamp, fence: String(fence) },
    }));
    const { connector, clusterId } = this.options;
    const parameters = [connector, clusterId, JSON.stringify(given)].map(textParameter);
    return { text: this.#sql.move, parameters, isAwaited: true };
  }

  /**
   * Sets offsets by command, back or ahead. Raises the fence too, so that a running task notices and writes nothing
   * more. Never deletes rows: a missing row would mean "use Kafka's offset".
   */
  async set(tx: SqlSession, offsets: Iterable<readonly [TopicPartition, bigint]>): Promise<void> {
    const given = [...offsets].map(([at, nextOffset]) => ({
      ...{ topic: at.topic, partition: at.partition, next_offset: String(nextOffset) },
    }));
    await tx.unsafe(
      this.#sql.set,
      [this.options.connector, this.options.clusterId, JSON.stringify(given)],
      prepared,
    );
  }

  /** Returns all rows of the connector, for every Kafka cluster that it has read. */
  async list(sql: SqlSession): Promise<readonly ListedOffset[]> {
    const rows = await sql.unsafe<(OffsetRow & { kafka_cluster_id: string; updated_at: Date })[]>(
      this.#sql.list,
      [this.options.connector],
      prepared,
    );
    return rows.map((row) => ({
      ...toStored(row),
      clusterId: row.kafka_cluster_id,
      updatedAt: row.updated_at,
    }));
  }
}

interface OffsetRow {
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string | null;
  readonly last_timestamp: string | null;
  readonly fence: string;
}

/** `unsafe` prepares only if asked to; a pool with `prepare: false` (PgBouncer) never does. */
const prepared = { prepare: true };

function asJson(partitions: readonly TopicPartition[]): string {
  return JSON.stringify(partitions.map(({ topic, partition }) => ({ topic, partition })));
}

function toMap(rows: readonly OffsetRow[]): PartitionMap<StoredOffset> {
  return new PartitionMap(rows.map((row) => [row, toStored(row)] as const));
}

function toStored(row: OffsetRow): StoredOffset {
  return {
    at: { topic: row.topic, partition: row.partition },
    nextOffset: row.next_offset === null ? null : BigInt(row.next_offset),
    lastTimestamp: row.last_timestamp === null ? null : Number(row.last_timestamp),
    fence: BigInt(row.fence),
  };
}

/** A connection that can begin a transaction: a pool of npm:postgres, or a session with its own `begin`. */
type BeginningSession = SqlSession & {
  begin(work: (tx: SqlSession) => Promise<unknown>): Promise<unknown>;
};

/**
 * Creates the offset table if the role may, and checks the role's rights on it. Concurrent calls wait for each other.
 * The right to delete isn't needed.
 *
 * @throws ConfigException with the command to run, if the role lacks rights
 */
export async function ensureOffsetTable(sql: BeginningSession, store: OffsetStore): Promise<void> {
  if (!await tableExists(sql, store.table)) await create(sql, store);
  const missing = await missingPrivileges(sql, store.table);
  if (missing.length === 0) return;
  throw new ConfigException(
    `Cannot keep offsets: this role has no right to ${missing.join(", ")} on ${store.table}; ${
      remedy(store)
    }`,
  );
}

/** Hides a connector's rows from other logins. Only the table's owner can do this, so `migrate` does. */
export async function guardOffsets(tx: SqlSession, table: string): Promise<void> {
  const [row] = await tx.unsafe<{ guarded: boolean }[]>(isGuardedSql, [table]);
  if (row?.guarded === true) return;
  for (const text of guardOffsetsSql(table)) await tx.unsafe(text);
}

async function create(sql: BeginningSession, store: OffsetStore): Promise<void> {
  try {
    await sql.begin(async (tx) => {
      await advisoryLock(tx, "offset_table");
      await tx.unsafe(createOffsetsSql(store.table));
    });
  } catch (error) {
    const { sqlstate } = sqlFacts(error);
    const mayNot = sqlstate === "42501";
    const noSchema = sqlstate === "3F000";
    if (!mayNot && !noSchema) throw error;
    throw new ConfigException(
      `Cannot keep offsets: there is no table ${store.table} and this role may not make it; ${remedy(store)}`,
      { cause: error },
    );
  }
}

function remedy(store: OffsetStore): string {
  return `run deno task migrate --connector ${store.options.connector}, or set exactly.once.enabled=false`;
}

async function tableExists(sql: SqlSession, table: string): Promise<boolean> {
  const [row] = await sql.unsafe<{ found: boolean }[]>(isTableSql, [table]);
  return row?.found === true;
}

async function missingPrivileges(sql: SqlSession, table: string): Promise<readonly string[]> {
  const rows = await sql.unsafe<{ privilege: string }[]>(lackingOffsetRightsSql, [table]);
  return rows.map(({ privilege }) => privilege);
}
