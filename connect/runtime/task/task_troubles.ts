import { RetriableException, safeText } from "../../api/exceptions.ts";
import type { Consumer, Logger, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type SinkRecord, type TopicPartition } from "../../api/record.ts";
import type { Destination, Props, SinkTask } from "../../api/sink_task.ts";
import type { ColumnBatch } from "../../api/spans.ts";
import type { RejectedRecords } from "../../errors/rejected_records.ts";
import type { TaskMetrics } from "../../metrics/task_metrics.ts";
import { orForcedStop } from "../abort.ts";
import type { Trouble, TroubleKind } from "../herder/task_status.ts";

/** A longer call is a trouble: a firewall may drop its packets. */
const callMsMax = 10_000;

/** Clients that create a topic at first use have done so within this time. */
const missingMsMin = 5_000;

interface TroubledTask {
  readonly connector: string;
  readonly consumer: Pick<Consumer, "away" | "missingTopics" | "assignment">;
  /** `bootstrap.servers` of its consumer. */
  readonly kafka: string;
  /** Topic and `bootstrap.servers` of the dead letter queue; undefined without one. */
  readonly deadLetters: Pick<Destination, "name" | "address"> | undefined;
  destination(): Destination | undefined;
  /** Next offset to deliver. */
  next(partition: TopicPartition): bigint | undefined;
}

interface Call {
  readonly what: TroubleKind;
  readonly name: string;
  readonly sinceMs: number;
}

interface Failed extends Call {
  readonly reason: string;
}

/**
 * Collects what keeps a running task from progress, for page, `/health`, status, metrics and log.
 *
 * @example
 * ```ts
 * import { RetriableException } from "../../api/exceptions.ts";
 * import { TaskTroubles } from "./task_troubles.ts";
 * const troubles = new TaskTroubles({ now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() });
 * const away = () => Promise.reject(new RetriableException("the database is away"));
 * await troubles.during("sink", "put", away).catch(() => {});
 * if (troubles.now[0]?.reason !== "the database is away") throw new Error("until a put succeeds");
 * await troubles.during("sink", "put", () => Promise.resolve());
 * if (troubles.now.length !== 0) throw new Error("all is well again");
 * ```
 */
export class TaskTroubles {
  readonly #time: Time;
  readonly #calls = new Set<Call>();
  readonly #failed = new Map<string, Failed>();
  #task: TroubledTask | undefined;

  constructor(time: Time) {
    this.#time = time;
  }

  /** Call when the task starts. */
  watch(task: TroubledTask): void {
    this.#task = task;
  }

  /** Call when the task ends; its troubles end with it. */
  over(): void {
    this.#task = undefined;
    this.#calls.clear();
    this.#failed.clear();
  }

  /** Runs a call. It is a trouble from a RetriableException until it succeeds, or while it takes long. */
  async during<T>(what: TroubleKind, name: string, work: () => Promise<T>): Promise<T> {
    const call = { what, name, sinceMs: this.#time.monotonic() };
    this.#calls.add(call);
    try {
      const result = await work();
      this.succeeded(what, name);
      return result;
    } catch (error) {
      if (error instanceof RetriableException) this.#failedBy(call, error);
      throw error;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Ends the trouble of a call; without a name, all of this kind. */
  succeeded(what: TroubleKind, name?: string): void {
    for (const [key, failed] of this.#failed) {
      if (failed.what === what && (name === undefined || failed.name === name)) this.#failed.delete(key);
    }
  }

  /** Whether the last call to this system failed. */
  has(what: TroubleKind): boolean {
    return [...this.#failed.values()].some((failed) => failed.what === what);
  }

  /** The current troubles, one per kind, and one per missing topic. */
  get now(): readonly Trouble[] {
    const kafka = this.#kafkaTrouble();
    const kinds = ["sink", "dead_letters"] as const;
    const found = kinds.flatMap((what) => this.#troubleOf(what) ?? []);
    return [...kafka === undefined ? this.#missing() : [kafka], ...found];
  }

  #failedBy(call: Call, error: RetriableException): void {
    const key = `${call.what} ${call.name}`;
    const sinceMs = this.#failed.get(key)?.sinceMs ?? call.sinceMs;
    this.#failed.set(key, { ...call, sinceMs, reason: safeText(error) });
  }

  #kafkaTrouble(): Trouble | undefined {
    const away = this.#task?.consumer.away();
    if (this.#task === undefined || away === undefined) return undefined;
    const { sinceMs, reason, partitions } = away;
    const where = `Kafka at ${this.#task.kafka} (bootstrap.servers)`;
    return { what: "kafka", where, sinceMs: this.#wall(sinceMs), reason, waits: this.#waits(partitions) };
  }

  /** Topics are unknown while Kafka is down. */
  #missing(): readonly Trouble[] {
    if (this.#task === undefined) return [];
    const { kafka, consumer } = this.#task;
    const now = this.#time.monotonic();
    return consumer.missingTopics().filter(({ sinceMs }) => now - sinceMs >= missingMsMin)
      .map(({ topic, sinceMs }) => ({
        what: "topic",
        where: `Topic ${topic} in Kafka at ${kafka} (topics)`,
        sinceMs: this.#wall(sinceMs),
        reason: "it doesn't exist; create it, or correct the connector's topics",
        waits: [],
      }));
  }

  #troubleOf(what: "sink" | "dead_letters"): Trouble | undefined {
    const now = this.#time.monotonic();
    const failed = [...this.#failed.values()].filter((one) => one.what === what);
    const late = [...this.#calls].filter((one) => now - one.sinceMs > callMsMax && this.#isTo(what, one));
    const all: readonly Call[] = [...failed, ...late];
    if (all.length === 0) return undefined;
    const reason = failed.at(-1)?.reason ?? `no answer to ${late[0]?.name} yet`;
    const sinceMs = this.#wall(Math.min(...all.map((one) => one.sinceMs)));
    const waits = this.#waits(this.#task?.consumer.assignment() ?? []);
    return { what, where: this.#whereOf(what), sinceMs, reason, waits };
  }

  /** A slow dead letter queue within a sink's call isn't the sink's trouble. */
  #isTo(what: TroubleKind, call: Call): boolean {
    if (call.what !== what) return false;
    return what !== "sink" || ![...this.#calls].some((one) => one.what === "dead_letters");
  }

  /** Without an address, each connector's destination counts as its own. */
  #whereOf(what: "sink" | "dead_letters"): string {
    if (what === "dead_letters") {
      const { name = "", address = "" } = this.#task?.deadLetters ?? {};
      return `The dead letter queue ${name} at ${address} (errors.deadletterqueue.topic.name)`;
    }
    const destination = this.#task?.destination();
    if (destination === undefined) return `The sink of connector ${this.#task?.connector ?? ""}`;
    const { name, address, option } = destination;
    return `${name} at ${address} (${option})`;
  }

  #waits(partitions: readonly TopicPartition[]): Trouble["waits"] {
    return partitions.map(({ topic, partition }) => ({
      ...{ topic, partition },
      offset: this.#task?.next({ topic, partition }) ?? null,
    }));
  }

  #wall(monotonicMs: number): number {
    return this.#time.now() - (this.#time.monotonic() - monotonicMs);
  }
}

/** Where a task logs and counts, across restarts. */
export interface TaskTelemetry {
  readonly metrics: TaskMetrics;
  readonly logger: Logger;
  readonly troubles: TaskTroubles;
  readonly rejected: RejectedRecords;
  /** Takes each topic that records came from. */
  readonly seenTopic: (topic: string) => void;
}

/** Calls the sink. A forced stop ends the wait; failing and slow calls are troubles. */
export class SinkCalls {
  constructor(
    readonly task: SinkTask,
    readonly troubles: TaskTroubles,
    readonly forced: AbortSignal,
  ) {}

  start(props: Props): Promise<void> {
    return this.#watched("start", "Cannot start the task", () => this.task.start(props));
  }
  open(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#watched("open", "Cannot open partitions", () => this.task.open(partitions));
  }
  put(records: readonly SinkRecord[]): Promise<void> {
    return this.#watched("put", "Cannot finish put", () => this.task.put(records));
  }
  /** Returns false if the batch must come as records. */
  putColumns(batch: ColumnBatch): Promise<boolean> {
    const put = () => this.task.columns?.put(batch) ?? Promise.resolve(false);
    return this.#watched("put", "Cannot finish put", put);
  }
  check(): Promise<void> {
    return this.#watched("check", "Cannot finish check", () => this.task.check?.() ?? Promise.resolve());
  }
  preCommit(current: OffsetMap): Promise<OffsetMap> {
    const work = () => this.task.preCommit(new PartitionMap(current));
    return this.#watched("preCommit", "Cannot finish preCommit", work);
  }
  close(partitions: readonly TopicPartition[]): Promise<void> {
    return orForcedStop(() => this.task.close(partitions), this.forced, "Cannot close the task's partitions");
  }

  #watched<T>(name: string, failed: string, work: () => Promise<T>): Promise<T> {
    return orForcedStop(() => this.troubles.during("sink", name, work), this.forced, failed);
  }
}
