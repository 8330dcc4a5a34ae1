import { JvmException } from "../../api/exceptions.ts";
import type { Admin, Consumer, Logger, Time } from "../../api/ports.ts";
import { type OffsetMap, partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { ErrantRecordReporter, Props, SinkTaskContext } from "../../api/sink_task.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import type { SinkOffsets } from "./sink_offsets.ts";

/**
 * Keeps requests of the sink, the worker and REST until the loop reads them between polls and puts.
 *
 * @example
 * ```ts
 * import { TaskRequests } from "./task_requests.ts";
 * const requests = new TaskRequests({ wakeup: () => {} }, false);
 * requests.commit();
 * if (!requests.isNew || !requests.takeCommit() || requests.takeCommit()) throw new Error("asked once, read once");
 * ```
 */
export class TaskRequests {
  /** The loop ends after the current batch. */
  readonly stopping = new AbortController();
  /** All waits end. */
  readonly forced = new AbortController();
  /** A request came since the loop's last turn. */
  isNew = false;
  /** A poll is running: a request wakes it up. */
  isPolling = false;
  readonly #paused = new PartitionMap<true>();
  #isCommitWanted = false;
  #offsets: OffsetMap = new PartitionMap();
  #timeoutMs: number | undefined;

  /** @param isPauseWanted the task starts paused */
  constructor(private readonly consumer: Pick<Consumer, "wakeup">, public isPauseWanted: boolean) {}

  pause(): void {
    this.isPauseWanted = true;
    this.#tell();
  }
  resume(): void {
    this.isPauseWanted = false;
    this.#tell();
  }
  commit(): void {
    this.#isCommitWanted = true;
    this.#tell();
  }
  stop(): void {
    this.stopping.abort();
    this.#tell();
  }
  abort(): void {
    this.forced.abort();
    this.stop();
  }

  seek(offsets: OffsetMap): void {
    for (const [at, offset] of offsets) this.#offsets.set(at, offset);
  }
  /** Sets the wait before the next retry. */
  timeout(ms: number): void {
    this.#timeoutMs = ms;
  }
  pausePartitions(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.set(at, true);
  }
  resumePartitions(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#paused.delete(at);
  }

  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
  /** Partitions paused by the sink. */
  get pausedPartitions(): readonly TopicPartition[] {
    return this.#paused.keys();
  }
  /** Keeps pauses of assigned partitions only, after a rebalance. */
  retainPaused(assigned: readonly TopicPartition[]): void {
    const kept = new PartitionMap<true>(assigned.map((at) => [at, true]));
    for (const at of this.#paused.keys()) if (!kept.has(at)) this.#paused.delete(at);
  }
  /** Returns whether a commit was requested, and resets it. */
  takeCommit(): boolean {
    const taken = this.#isCommitWanted;
    this.#isCommitWanted = false;
    return taken;
  }
  /** Returns the requested seeks, and resets them. */
  takeOffsets(): OffsetMap {
    if (this.#offsets.size === 0) return this.#offsets;
    const taken = this.#offsets;
    this.#offsets = new PartitionMap();
    return taken;
  }
  /** Returns the requested wait, and resets it. */
  takeTimeoutMs(): number | undefined {
    const taken = this.#timeoutMs;
    this.#timeoutMs = undefined;
    return taken;
  }

  #tell(): void {
    this.isNew = true;
    if (this.isPolling) this.consumer.wakeup();
  }
}

export interface TaskIdentity {
  readonly connectorName: string;
  readonly taskId: number;
  readonly groupId: string;
  readonly configHash: string;
  readonly props: Props;
  /** Returns the options with references resolved again; absent = they never change. */
  readonly currentProps?: () => Promise<Props>;
}

interface SinkTaskContextParts {
  readonly requests: TaskRequests;
  readonly consumer: Pick<Consumer, "assignment" | "isOwned">;
  readonly admin: Admin;
  readonly reporter: ErrantRecordReporter | null;
  readonly offsets: Pick<SinkOffsets, "delivered">;
  readonly metrics: Pick<TaskMetrics, "count">;
  readonly time: Time;
  readonly logger: Logger;
}

/** The framework as the sink sees it. (`WorkerSinkTaskContext`) */
export class WorkerSinkTaskContext implements SinkTaskContext {
  constructor(private readonly identity: TaskIdentity, private readonly parts: SinkTaskContextParts) {}

  configs(): Props {
    return this.identity.props;
  }
  async currentConfigs(): Promise<Props> {
    return await this.identity.currentProps?.() ?? this.identity.props;
  }
  get admin(): Admin {
    return this.parts.admin;
  }
  get groupId(): string {
    return this.identity.groupId;
  }
  get connectorName(): string {
    return this.identity.connectorName;
  }
  get configHash(): string {
    return this.identity.configHash;
  }
  get taskId(): number {
    return this.identity.taskId;
  }
  get time(): Time {
    return this.parts.time;
  }
  get logger(): Logger {
    return this.parts.logger;
  }
  get signal(): AbortSignal {
    return this.parts.requests.forced.signal;
  }
  assignment(): readonly TopicPartition[] {
    return this.parts.consumer.assignment();
  }
  isOwned(partition: TopicPartition): boolean {
    return this.parts.consumer.isOwned(partition);
  }
  errantRecordReporter(): ErrantRecordReporter | null {
    return this.parts.reporter;
  }
  count(name: string, reason: string, by = 1): void {
    this.parts.metrics.count(name, reason, by);
  }
  delivered(offsets: OffsetMap): void {
    this.parts.offsets.delivered(offsets);
  }
  offset(offsets: OffsetMap): void {
    this.parts.requests.seek(offsets);
  }
  timeout(ms: number): void {
    this.parts.requests.timeout(ms);
  }
  requestCommit(): void {
    this.parts.requests.commit();
  }
  pause(...partitions: readonly TopicPartition[]): void {
    this.#requireAssigned("pause", partitions);
    this.parts.requests.pausePartitions(partitions);
  }
  resume(...partitions: readonly TopicPartition[]): void {
    this.#requireAssigned("resume", partitions);
    this.parts.requests.resumePartitions(partitions);
  }

  #requireAssigned(verb: string, partitions: readonly TopicPartition[]): void {
    const assigned = new PartitionMap<true>(this.assignment().map((at) => [at, true]));
    const stranger = partitions.find((at) => !assigned.has(at));
    if (stranger === undefined) return;
    throw new JvmException(
      "java.lang.IllegalStateException",
      `SinkTasks may not ${verb} partitions that are not currently assigned to them: ${
        partitionKey(stranger)
      }`,
    );
  }
}
