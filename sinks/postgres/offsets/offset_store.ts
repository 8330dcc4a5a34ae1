/**
 * Sluice's own offsets, kept beside the rows so that both are committed together.
 *
 * One row a partition: the next offset to write, and a fence that each new owner raises. A task that finds
 * another fence than the one it raised has lost the partition.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import type { OffsetProgress } from "../../sql/dialect.ts";
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

/** The offset table's name, unless a connector keeps its own. */
export const offsetTableDefault = "sluice_offsets";

/** Whose offsets, of which Kafka, in which table. */
interface OffsetStoreOptions {
  readonly connector: string;
  readonly clusterId: string;
  /** Name, or schema and name with a dot between; the session's search_path finds a name alone. */
  readonly table?: string;
}

/** One row of the table. */
export interface StoredOffset {
  readonly at: TopicPartition;
  /** The first offset that isn't in the database yet; null where an owner came and nothing was written yet. */
  readonly nextOffset: bigint | null;
  /** Timestamp in milliseconds of the record at `nextOffset - 1`; null where it isn't known. */
  readonly lastTimestamp: number | null;
  readonly fence: bigint;
}

/** A row as `offsets show` lists it, of any cluster. */
interface ListedOffset extends StoredOffset {
  readonly clusterId: string;
  readonly updatedAt: Date;
}

/**
 * Reads and writes one connector's rows.
 *
 * @example
 * ```ts
 * import { OffsetStore } from "./offset_store.ts";
 * const store = new OffsetStore({ connector: "telesales", clusterId: "kafka-1" });
 * if (store.table !== '"sluice_offsets"') throw new Error("names are quoted");
 * ```
 */
export class OffsetStore {
  /** The table's quoted name. */
  readonly table: string;
  readonly #sql: OffsetsSql;

  constructor(readonly options: OffsetStoreOptions) {
    this.table = quoteIdentifier(...(options.table ?? offsetTableDefault).split("."));
    this.#sql = offsetsSql(this.table);
  }

  /**
   * Claims partitions: raises each fence, and makes rows that aren't there. Waits for a task that still writes to
   * them. Call it in a transaction and commit before anything of them is written.
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
   * Locks the rows until the transaction ends and returns them; a partition whose row is gone is left out.
   * Another fence than one's own, or no row, means that the partition has another owner.
   */
  async lock(tx: SqlSession, partitions: readonly TopicPartition[]): Promise<PartitionMap<StoredOffset>> {
    const rows = await tx.unsafe<OffsetRow[]>(
      this.#sql.lock,
      [this.options.connector, this.options.clusterId, asJson(partitions)],
      prepared,
    ).execute(); // at once: what is sent behind it counts on that
    return toMap(rows);
  }

  /**
   * Moves partitions on, in the transaction that locked them.
   *
   * @throws Error when a row has another fence or is further than that: what was locked isn't so any more
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
   * Sets offsets by command, back or ahead. The fence is raised too, so that a task that still runs notices
   * and writes nothing more. Rows are never deleted: a missing row would mean "look at Kafka".
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

  /** All rows of the connector, of every Kafka cluster it has read. */
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

/** `unsafe` prepares only when asked to; a pool with `prepare: false` (PgBouncer) never does. */
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

/** A connection that can begin a transaction: a pool of npm:postgres, or a session that brings its own way. */
type BeginningSession = SqlSession & {
  begin(work: (tx: SqlSession) => Promise<unknown>): Promise<unknown>;
};

/**
 * Makes sure that the offset table is there and that this role can use it. A role that may make it does, one at a
 * time; the right to delete from it is never needed.
 *
 * @throws ConfigException that names the command to run where the role may not
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

/** Keeps a connector's rows from the logins of others. Only the owner can do this, so it is done by `migrate`. */
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
