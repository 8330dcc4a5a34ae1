/** What a task may ask of the framework, and the framework's side of it. (`WorkerSinkTaskContext`) @module */

import { JvmException } from "../../api/exceptions.ts";
import type { Admin, Consumer, Logger, Time } from "../../api/ports.ts";
import { type OffsetMap, partitionKey, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { ErrantRecordReporter, Props, SinkTaskContext } from "../../api/sink_task.ts";

/** What the context is made from. */
export interface SinkTaskContextOptions {
  readonly props: Props;
  /** Looks references up again; absent = there are none. */
  readonly currentProps?: () => Promise<Props>;
  readonly consumer: Pick<Consumer, "assignment" | "isOwned">;
  readonly reporter: ErrantRecordReporter | null;
  readonly admin: Admin;
  readonly groupId: string;
  readonly connectorName: string;
  readonly configHash: string;
  readonly taskId: number;
  readonly time: Time;
  readonly logger: Logger;
  readonly count: (name: string, reason: string, by: number) => void;
  readonly delivered: (offsets: OffsetMap) => void;
  readonly signal: AbortSignal;
  /** Ends a waiting poll. */
  readonly wake: () => void;
}

/** Keeps a task's wishes until the loop comes to a place where nothing is being polled or put. */
export class WorkerSinkTaskContext implements SinkTaskContext {
  readonly #options: SinkTaskContextOptions;
  readonly #paused = new PartitionMap<true>();
  #offsets: OffsetMap = new PartitionMap();
  #timeoutMs: number | undefined;
  #commitRequested = false;

  constructor(options: SinkTaskContextOptions) {
    this.#options = options;
  }

  configs(): Props {
    return this.#options.props;
  }
  async currentConfigs(): Promise<Props> {
    return await this.#options.currentProps?.() ?? this.#options.props;
  }
  get admin(): Admin {
    return this.#options.admin;
  }
  get groupId(): string {
    return this.#options.groupId;
  }
  get connectorName(): string {
    return this.#options.connectorName;
  }
  get configHash(): string {
    return this.#options.configHash;
  }
  get taskId(): number {
    return this.#options.taskId;
  }
  get time(): Time {
    return this.#options.time;
  }
  get logger(): Logger {
    return this.#options.logger;
  }
  get signal(): AbortSignal {
    return this.#options.signal;
  }
  assignment(): readonly TopicPartition[] {
    return this.#options.consumer.assignment();
  }
  isOwned(partition: TopicPartition): boolean {
    return this.#options.consumer.isOwned(partition);
  }
  errantRecordReporter(): ErrantRecordReporter | null {
    return this.#options.reporter;
  }
  count(name: string, reason: string, by = 1): void {
    this.#options.count(name, reason, by);
  }

  delivered(offsets: OffsetMap): void {
    this.#options.delivered(offsets);
  }
  offset(offsets: OffsetMap): void {
    for (const [at, offset] of offsets) this.#offsets.set(at, offset);
  }
  timeout(ms: number): void {
    this.#timeoutMs = ms;
  }
  requestCommit(): void {
    this.#commitRequested = true;
    this.#options.wake();
  }
  pause(...partitions: readonly TopicPartition[]): void {
    this.#requireAssigned("pause", partitions);
    for (const at of partitions) this.#paused.set(at, true);
  }
  resume(...partitions: readonly TopicPartition[]): void {
    this.#requireAssigned("resume", partitions);
    for (const at of partitions) this.#paused.delete(at);
  }

  /** The loop's side: partitions that the task itself has paused. */
  get pausedPartitions(): readonly TopicPartition[] {
    return this.#paused.keys();
  }
  get isCommitRequested(): boolean {
    return this.#commitRequested;
  }
  clearCommitRequest(): void {
    this.#commitRequested = false;
  }
  /** The places to seek to, once. */
  takeOffsets(): OffsetMap {
    if (this.#offsets.size === 0) return this.#offsets;
    const taken = this.#offsets;
    this.#offsets = new PartitionMap();
    return taken;
  }
  /** The wait before the next try, once. */
  takeTimeoutMs(): number | undefined {
    const taken = this.#timeoutMs;
    this.#timeoutMs = undefined;
    return taken;
  }
  /** After a rebalance only what is still assigned stays paused. */
  retainPaused(assigned: readonly TopicPartition[]): void {
    const kept = new PartitionMap<true>(assigned.map((at) => [at, true]));
    for (const at of this.#paused.keys()) if (!kept.has(at)) this.#paused.delete(at);
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
