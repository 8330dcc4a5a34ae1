/** Claims partitions in the database, and decides where each resumes. @module */

import { ConnectException } from "../../../connect/api/exceptions.ts";
import type { CommittedOffset, LogBounds } from "../../../connect/api/ports.ts";
import { PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import type { SinkTaskContext } from "../../../connect/api/sink_task.ts";
import type { OpenedPartition } from "../../sql/dialect.ts";
import { ensureOffsetTable, type OffsetStore, type StoredOffset } from "./offset_store.ts";
import type { Session, SqlSession } from "../connection/session.ts";
import { endStoppedOwnerSql } from "../statements/offsets.ts";
import { commitSql, plainBeginSql, rollbackSql } from "../statements/transaction.ts";
import { decideStart } from "./start_decision.ts";

/** Metadata of a Kafka offset: Sluice's own offsets take precedence. */
export const committedMark = "sluice";

interface PartitionOpenerOptions {
  readonly context: SinkTaskContext;
  readonly store: OffsetStore;
  /** Prefix of the application_name of the connector's sessions. */
  readonly applicationNamePrefix: string;
  /** Opens a session beside the waiting one. */
  readonly openSession: () => Promise<Session>;
  /** After this long without a message a blocking session belongs to a stopped process. Milliseconds. */
  readonly silentMsMin: number;
}

/** Wait for a lock before the first check of its holder, and between checks. */
const lookEveryMs = 2_000;

/** Opens partitions for exactly once. */
export class PartitionOpener {
  readonly #options: PartitionOpenerOptions;
  #hasTable = false;

  constructor(options: PartitionOpenerOptions) {
    this.#options = options;
  }

  get store(): OffsetStore {
    return this.#options.store;
  }

  /**
   * Raises the fences in one transaction, then decides where each partition resumes.
   *
   * @param begin text that begins a transaction with its limits
   * @throws ConnectException if the operator must choose, or records are lost
   */
  async open(
    session: Session,
    partitions: readonly TopicPartition[],
    begin: string,
  ): Promise<PartitionMap<OpenedPartition>> {
    await this.#ensureTable(session);
    const stored = await this.#raiseFences(session, partitions, begin);
    const { context } = this.#options;
    const [group, bounds] = await Promise.all([
      context.admin.groupOffsets(context.groupId),
      context.admin.logBounds(partitions),
    ]);
    const timestamps = await context.admin.recordTimestamps(lastWritten(stored, bounds));
    const opened = new PartitionMap<OpenedPartition>();
    const stuck = new PartitionMap<ConnectException>();
    for (const at of partitions) {
      const decided = this.#decide(at, { stored, group, bounds, timestamps });
      if (decided instanceof ConnectException) stuck.set(at, decided);
      else opened.set(at, decided);
    }
    if (stuck.size === 0) return opened;
    return new PartitionMap([...opened, ...await this.#takenMeanwhile(session, stuck, { stored, bounds })]);
  }

  /**
   * A process that was stopped between reading its row and Kafka's answer compares an old row with a new offset. If
   * another owner has raised the fence since, the task continues, and opens the partition again if it still owns it.
   *
   * @throws ConnectException of the first partition whose fence this task still holds
   */
  async #takenMeanwhile(
    session: Session,
    stuck: PartitionMap<ConnectException>,
    { stored, bounds }: { stored: PartitionMap<StoredOffset>; bounds: PartitionMap<LogBounds> },
  ): Promise<PartitionMap<OpenedPartition>> {
    const rows = await session.run(() => this.store.list(session.sql));
    const here = rows.filter(({ clusterId }) => clusterId === this.store.options.clusterId);
    const now = new PartitionMap(here.map((row) => [row.at, row] as const));
    const taken = new PartitionMap<OpenedPartition>();
    for (const [at, exception] of stuck) {
      const fence = stored.get(at)?.fence;
      const row = now.get(at);
      if (fence === undefined || row === undefined || row.fence === fence) throw exception;
      taken.set(at, { fence, from: row.nextOffset ?? bounds.get(at)?.start ?? 0n });
    }
    return taken;
  }

  async #ensureTable(session: Session): Promise<void> {
    if (this.#hasTable) return;
    const sql = Object.assign(session.sql, {
      // The driver's own begin ends the process if the connection is lost in it.
      begin: async (work: (tx: typeof session.sql) => Promise<unknown>) => {
        await session.query(plainBeginSql);
        try {
          await work(session.sql);
          await session.query(commitSql);
        } catch (error) {
          if (!session.isLost) await session.query(rollbackSql);
          throw error;
        }
      },
    });
    await session.run(() => ensureOffsetTable(sql, this.#options.store));
    this.#hasTable = true;
  }

  async #raiseFences(
    session: Session,
    partitions: readonly TopicPartition[],
    begin: string,
  ): Promise<PartitionMap<StoredOffset>> {
    const { store } = this.#options;
    await session.query(begin);
    const opened = session.run(() => store.open(session.sql, partitions));
    const settled = new AbortController();
    const done = opened.finally(() => settled.abort());
    await Promise.all([done, this.#endStoppedOwners(session, settled.signal)]);
    await session.query(commitSql);
    return await opened;
  }

  /** While `open` waits for rows, ends sessions that lock them and don't respond. */
  async #endStoppedOwners(session: Session, settled: AbortSignal): Promise<void> {
    const { context, openSession, applicationNamePrefix, silentMsMin } = this.#options;
    await context.time.sleep(lookEveryMs, settled);
    if (settled.aborted) return;
    const beside = await openSession();
    try {
      while (!settled.aborted && !session.isLost) {
        const ended = await beside.run(() =>
          terminateStoppedOwner(beside.sql, {
            waitingPid: session.facts.pid,
            applicationNamePrefix,
            silentMsMin,
          })
        );
        if (ended > 0) {
          context.logger.warn("Ended the database session of a stopped process", { sessions: ended });
        }
        await context.time.sleep(lookEveryMs, settled);
      }
    } finally {
      await beside.close();
    }
  }

  #decide(
    at: TopicPartition,
    { stored, group, bounds, timestamps }: {
      readonly stored: PartitionMap<StoredOffset>;
      readonly group: PartitionMap<CommittedOffset>;
      readonly bounds: PartitionMap<LogBounds>;
      readonly timestamps: PartitionMap<number>;
    },
  ): OpenedPartition | ConnectException {
    const { context } = this.#options;
    const row = stored.get(at);
    const committed = group.get(at);
    const log = bounds.get(at);
    if (row === undefined || log === undefined) {
      return new ConnectException(`Cannot open partition ${at.topic}-${at.partition}: it isn't there`);
    }
    const decision = decideStart({
      connector: context.connectorName,
      at,
      stored: row,
      group: committed === undefined
        ? undefined
        : { offset: committed.offset, ours: committed.metadata === committedMark },
      log,
      timestampBefore: timestamps.get(at) ?? null,
      reset: context.configs()["consumer.override.auto.offset.reset"] === "latest" ? "latest" : "earliest",
    });
    if ("from" in decision) return { fence: row.fence, from: decision.from };
    return new ConnectException("refuse" in decision ? decision.refuse : decision.fail);
  }
}

/** The places of the last written records, if the log still has them. */
function lastWritten(
  stored: PartitionMap<StoredOffset>,
  bounds: PartitionMap<LogBounds>,
): PartitionMap<bigint> {
  const places = new PartitionMap<bigint>();
  for (const [at, { nextOffset, lastTimestamp }] of stored) {
    const log = bounds.get(at);
    if (nextOffset === null || lastTimestamp === null || log === undefined) continue;
    const last = nextOffset - 1n;
    if (last >= log.start && last < log.end) places.set(at, last);
  }
  return places;
}

/** Which sessions may be ended: Sluice's own, idle for a while. */
interface StoppedOwner {
  /** Process id of the session that waits for the lock. */
  readonly waitingPid: number;
  /** Prefix of the application_name of the connector's sessions. */
  readonly applicationNamePrefix: string;
  /** Sessions with a more recent message are left alone. Milliseconds. */
  readonly silentMsMin: number;
}

/**
 * Ends sessions that block another one and whose process doesn't respond: a process stopped between two messages of the
 * protocol escapes every timeout before PostgreSQL 17. PostgreSQL allows this for sessions of the same role only. A
 * session that is busy in the server is left alone: it ends by itself, and the fence decides.
 *
 * @param sql another connection than the waiting one
 * @returns how many were ended
 */
export async function terminateStoppedOwner(sql: SqlSession, owner: StoppedOwner): Promise<number> {
  const { waitingPid, applicationNamePrefix, silentMsMin } = owner;
  const rows = await sql.unsafe<{ ended: boolean }[]>(
    endStoppedOwnerSql,
    [waitingPid, applicationNamePrefix, silentMsMin / 1000],
  );
  return rows.filter(({ ended }) => ended).length;
}
