/** One simulated schedule: a task, its Kafka and its database, and all faults. @module */

import { DataException, RetriableException } from "../../connect/api/exceptions.ts";
import type { ProducerRecord } from "../../connect/api/ports.ts";
import {
  type ConnectRecord,
  partitionKey,
  PartitionMap,
  type TopicPartition,
} from "../../connect/api/record.ts";
import { safeDeadLetter } from "../../connect/errors/dead_letter_form.ts";
import {
  DeadLetterQueueReporter,
  deadLetterRetryMsMax,
} from "../../connect/errors/dead_letter_queue_reporter.ts";
import { RejectedRecords } from "../../connect/errors/rejected_records.ts";
import { RetryWithTolerance } from "../../connect/errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../connect/errors/tolerance_breaker.ts";
import { MetricsRegistry } from "../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../connect/metrics/task_metrics.ts";
import { RecordPipeline } from "../../connect/runtime/task/record_pipeline.ts";
import { TaskRequests } from "../../connect/runtime/task/task_requests.ts";
import { TaskTroubles } from "../../connect/runtime/task/task_troubles.ts";
import type { WorkerSinkTask } from "../../connect/runtime/task/worker_sink_task.ts";
import { wireSinkTask } from "../../connect/runtime/worker/task_factory.ts";
import { FakeClock } from "../support/fakes/fake_clock.ts";
import type { FakeConsumer } from "../support/fakes/fake_consumer.ts";
import { FakeKafka, kafkaIsAway } from "../support/fakes/fake_kafka.ts";
import { FakeLogger } from "../support/fakes/fake_logger.ts";
import { Random } from "../support/random.ts";
import { kindOf, type Plan, planOf, textOf } from "./delivery_plan.ts";
import { BrokenRule, Ledger } from "./ledger.ts";
import { type Database, SimulatedSink } from "./simulated_sink.ts";

const GROUP = "connect-simulated";
const QUEUE = "dead-letters";
const shutdownTimeoutMs = 5_000;

/** Virtual time after the last fault within which everything must be delivered. */
const healedMsMax = 15 * 60_000;

/** Longer than the task waits for the dead letter queue. */
const longFaultMs = deadLetterRetryMsMax + 10_000;

/** Log lines shown with a broken rule. */
const storyLinesMax = 25;

/** Counts of events, over all schedules. */
export type Counts = Record<string, number>;

interface Incarnation {
  readonly task: WorkerSinkTask;
  readonly sink: SimulatedSink;
  readonly consumer: FakeConsumer;
  readonly abandoned: PromiseWithResolvers<void>;
}

/** Runs the schedule of a seed. */
export async function simulate(seed: number, counts: Counts): Promise<void> {
  const world = new DeliveryWorld(seed, counts);
  try {
    await world.clock.run(world.live());
  } catch (error) {
    throw new Error(`Schedule ${seed} broke a rule\n${world.story()}`, { cause: error });
  }
}

class DeliveryWorld {
  readonly clock = new FakeClock();
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #kafka: FakeKafka;
  readonly #ledger: Ledger;
  readonly #database: Database;
  readonly #logger = new FakeLogger();
  readonly #retried = new PartitionMap<Map<bigint, number>>();
  #brokenRule: BrokenRule | undefined;
  #incarnation: Incarnation | undefined;
  /** Whether the task's preCommit may return less than it was asked for. */
  readonly #hasWhims: boolean;
  #isPauseWanted = false;
  #isOver = false;
  #commitFails = false;
  #queueIsAway = false;
  /** Commits may be missing at a task's end because of a fault, not of the loop. */
  #wasCommitFaulted = false;

  constructor(seed: number, private readonly counts: Counts) {
    this.#random = new Random(seed);
    this.#plan = planOf(this.#random);
    this.#kafka = new FakeKafka(this.clock);
    this.#kafka.createPartitions("events", this.#plan.partitions.length);
    this.#ledger = new Ledger(this.#plan.partitions);
    const whims = this.#random.pick([0, 0.2]);
    this.#hasWhims = whims > 0;
    this.#database = {
      ledger: this.#ledger,
      weather: { isDown: false, isBroken: false, preCommitFails: false, slowPutMs: 0, whims },
      offsets: new PartitionMap(),
      fences: 0,
    };
    this.#kafka.commitFault = () => this.#commitFault();
    this.#kafka.onCommitted = (at, offset) =>
      this.#require(() => this.#ledger.requireSafe(at, offset, "a commit"));
    this.#kafka.produceFault = () => this.#produceFault();
    this.#kafka.onProduced = (records) => this.#produced(records);
  }

  /** The last log lines, to explain a broken rule. */
  story(): string {
    return `${this.clock.monotonic()} ms, ${JSON.stringify(this.#plan)}\n${
      this.#logger.text().split("\n").slice(-storyLinesMax).join("\n")
    }`;
  }

  /** Runs the whole schedule. */
  async live(): Promise<void> {
    await Promise.all([this.#runTasks(), this.#script()]);
    this.#throwIfBroken();
    this.#ledger.requireComplete((at) => this.#kafka.committed(GROUP, at));
    if (this.#plan.ownOffsets) this.#requireOnce();
    this.#count("schedules");
  }

  async #script(): Promise<void> {
    await Promise.all([this.#appendAll(), this.#trouble()]);
    this.#heal();
    await this.#waitUntilCommitted();
    this.#isOver = true;
    this.#incarnation?.task.stop();
  }

  async #appendAll(): Promise<void> {
    const { bursts, partitions } = this.#plan;
    for (let burst = 0; burst < bursts; burst++) {
      await this.clock.sleep(this.#random.pick([0, 1, 50, 3_000]));
      const at = this.#random.pick(partitions);
      for (let size = this.#random.integer(1, 15); size > 0; size--) {
        const kind = kindOf(this.#random, this.#plan);
        this.#ledger.appended(at, kind);
        this.#kafka.append(at, { key: "k", value: textOf[kind] });
        this.#count("records");
      }
    }
  }

  // --- faults ---

  async #trouble(): Promise<void> {
    const faults: readonly (() => Promise<void> | void)[] = [
      () => this.#rebalance(),
      () => this.#rebalance(),
      () => this.#loseSession(),
      () => this.#crash(),
      () => this.#stopTask(),
      () => this.#pause(),
      () => this.#forAWhile("outages", (on) => void (this.#database.weather.isDown = on)),
      () => this.#forAWhile("preCommit faults", (on) => this.#failPreCommit(on)),
      () => this.#forAWhile("commit faults", (on) => void (this.#commitFails = on)),
      () => this.#forAWhile("dead letter outages", (on) => void (this.#queueIsAway = on)),
      () => void (this.#database.weather.isBroken = true),
      () => void (this.#database.weather.slowPutMs = this.#random.pick([500, 4_000, 30_000])),
    ];
    for (let fault = 0; fault < this.#plan.faults; fault++) {
      await this.clock.sleep(this.#random.pick([1, 3, 20, 300, 2_000]));
      await this.#random.pick(faults)();
      this.#count("faults");
    }
  }

  async #forAWhile(name: string, set: (on: boolean) => void): Promise<void> {
    this.#count(name);
    set(true);
    const isLong = name === "dead letter outages" && this.#random.chance(0.1);
    await this.clock.sleep(isLong ? longFaultMs : this.#random.pick([10, 500, 5_000]));
    set(false);
  }

  #failPreCommit(on: boolean): void {
    this.#database.weather.preCommitFails = on;
    this.#wasCommitFaulted = true;
  }

  /** Gives some partitions to another member, which may deliver some records, and back. */
  async #rebalance(): Promise<void> {
    this.#count("rebalances");
    const kept = this.#plan.partitions.filter(() => this.#random.chance(0.5));
    this.#incarnation?.consumer.rebalanceTo(kept);
    await this.clock.sleep(this.#random.pick([0, 5, 2_000]));
    const consumer = this.#incarnation?.consumer;
    const free = this.#plan.partitions.filter((at) => !has(consumer?.assignment() ?? [], at));
    if (consumer !== undefined && this.#random.chance(0.5)) free.forEach((at) => this.#otherMember(at));
    this.#incarnation?.consumer.rebalanceTo(this.#plan.partitions);
  }

  #loseSession(): void {
    this.#count("lost sessions");
    const consumer = this.#incarnation?.consumer;
    if (consumer === undefined || consumer.assignment().length === 0) return;
    const taken = consumer.assignment();
    consumer.loseSession(this.#plan.partitions);
    this.#wasCommitFaulted = true;
    if (this.#random.chance(0.5)) taken.forEach((at) => this.#otherMember(at));
  }

  /** Another member resumes from the committed (or its own) offset, for a few records. */
  #otherMember(at: TopicPartition): void {
    const { offsets } = this.#database;
    const own = offsets.get(at)?.next ?? 0n;
    const from = this.#plan.ownOffsets ? own : this.#kafka.committed(GROUP, at) ?? 0n;
    let next = from;
    for (let left = this.#random.integer(0, 4); left > 0 && next < this.#ledger.end(at); left--) {
      const kind = this.#ledger.kind(at, next);
      if (this.#plan.tolerance === "none" && !["good", "filtered", "retried"].includes(kind)) break;
      if (kind === "good" || kind === "retried") this.#ledger.wrote(at, next);
      else if (kind !== "filtered") this.#ledger.reported(at, next);
      next += 1n;
    }
    if (this.#plan.ownOffsets) offsets.set(at, { next, fence: ++this.#database.fences });
    if (next > (this.#kafka.committed(GROUP, at) ?? 0n)) {
      this.#kafka.offsetsOf(GROUP).set(at, { offset: next, metadata: "" });
    }
    this.#count("taken over by others");
  }

  #crash(): void {
    const incarnation = this.#incarnation;
    if (incarnation === undefined) return;
    this.#count("crashes");
    incarnation.sink.isDead = true;
    incarnation.consumer.die();
    incarnation.abandoned.resolve();
  }

  #stopTask(): void {
    this.#count("stops");
    this.#incarnation?.task.stop();
  }

  async #pause(): Promise<void> {
    this.#count("pauses");
    this.#isPauseWanted = true;
    this.#incarnation?.task.pause();
    await this.clock.sleep(this.#random.pick([1, 100, 5_000]));
    this.#isPauseWanted = false;
    this.#incarnation?.task.resume();
  }

  #commitFault(): void {
    if (!this.#commitFails || this.#random.chance(0.2)) return;
    this.#wasCommitFaulted = true;
    throw kafkaIsAway();
  }

  #produceFault(): void {
    if (this.#queueIsAway && this.#random.chance(0.9)) throw kafkaIsAway();
  }

  /** Dead letters are durable now; sometimes the answer is lost. */
  #produced(records: readonly ProducerRecord[]): void {
    for (const { value } of records) {
      const letter = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())) as {
        readonly topic: string;
        readonly partition: number;
        readonly offset: number;
      };
      this.#ledger.reported(letter, BigInt(letter.offset));
      this.#count("dead letters");
    }
    if (this.#queueIsAway && this.#random.chance(0.5)) throw kafkaIsAway();
  }

  #heal(): void {
    const { weather } = this.#database;
    Object.assign(weather, { isDown: false, isBroken: false, preCommitFails: false, slowPutMs: 0, whims: 0 });
    this.#commitFails = false;
    this.#queueIsAway = false;
    this.#incarnation?.consumer.rebalanceTo(this.#plan.partitions);
  }

  // --- tasks ---

  async #runTasks(): Promise<void> {
    while (!this.#isOver && this.#brokenRule === undefined) {
      const incarnation = this.#makeTask();
      this.#incarnation = incarnation;
      this.#wasCommitFaulted = this.#commitFails || this.#database.weather.preCommitFails;
      const end = incarnation.task.run().then(() => undefined, (error: unknown) => error);
      const error = await Promise.race([end, incarnation.abandoned.promise]);
      this.#incarnation = undefined;
      if (error !== undefined) this.#failed(error);
      this.#count("tasks");
      await this.clock.sleep(this.#random.pick([0, 50, 1_000]));
    }
  }

  /** With errors.tolerance=none: everything before the bad record is done, and the operator repairs it. */
  #failed(error: unknown): void {
    this.#count("failures");
    const text = error instanceof Error ? error.message : "";
    const place = /partition (\d+), offset (\d+), stage (\w+)/.exec(text);
    if (place === null) return;
    const at = { topic: "events", partition: Number(place[1]) };
    const offset = BigInt(place[2] ?? "0");
    const kind = this.#ledger.kind(at, offset);
    if (this.#plan.tolerance === "all" && !text.includes("max.ratio")) {
      this.#broken(new BrokenRule(`the task failed on a record although errors.tolerance is all: ${text}`));
    }
    // A refusing sink undoes its whole put; a fenced one has dropped its records.
    const isFenced = this.#plan.ownOffsets && (this.#database.offsets.get(at)?.next ?? 0n) < offset;
    if (kind !== "refused" && !isFenced) this.#requireGoodBeforeBad(at, offset);
    this.#ledger.repaired(at, offset);
    this.#kafka.replaceValue(at, offset, textOf.good);
    this.#count("repairs");
  }

  #requireGoodBeforeBad(at: TopicPartition, offset: bigint): void {
    this.#require(() => this.#ledger.requireSafe(at, offset, "good before bad"));
    const committed = this.#kafka.committed(GROUP, at) ?? 0n;
    if (committed >= offset || this.#wasCommitFaulted || this.#hasWhims) return;
    this.#broken(
      new BrokenRule(`${partitionKey(at)} failed at ${offset}, but only ${committed} is committed`),
    );
  }

  #makeTask(): Incarnation {
    const plan = this.#plan;
    const { clock: time } = this;
    const metrics = new TaskMetrics(new MetricsRegistry(), "simulated", 0);
    const consumer = this.#kafka.consumer({
      groupId: GROUP,
      clientId: "simulated-0",
      overrides: { "max.poll.records": String(plan.pollRecordsMax) },
    });
    const sink = new SimulatedSink({
      ...plan,
      database: this.#database,
      consumer,
      clock: time,
      random: this.#random,
      broken: (rule) => this.#broken(rule),
    });
    const requests = new TaskRequests(consumer, this.#isPauseWanted);
    const form = safeDeadLetter({
      topic: QUEUE,
      connector: "simulated",
      taskId: 0,
      keyHash: null,
      configHash: "",
      time,
    });
    const queue = new DeadLetterQueueReporter({
      topic: QUEUE,
      producer: this.#kafka.producer(),
      form,
      counters: metrics.errors,
      time,
      logger: this.#logger,
      signal: requests.forced.signal,
    });
    const errors = new RetryWithTolerance({
      tolerance: plan.tolerance,
      retry: { timeoutMs: 10_000, delayMsMax: 1_000 },
      reporters: [queue],
      breaker: new ToleranceBreaker(1, time),
      counters: metrics.errors,
      time,
      random: () => this.#random.fraction(),
      signal: requests.stopping.signal,
    });
    const { loop } = wireSinkTask(
      {
        task: sink,
        identity: { connectorName: "simulated", configHash: "c0ffee", taskId: 0, groupId: GROUP, props: {} },
        clients: { consumer, admin: this.#kafka.admin() },
        requests,
        records: { pipeline: this.#makePipeline(), errors, hasReporter: true, erasures: undefined },
        settings: {
          subscription: ["events"],
          limits: {
            recordsMax: plan.batchRecordsMax,
            bytesMax: 1_000_000,
            heldBytesMax: 50 * plan.batchRecordsMax,
          },
          freeMemory: undefined,
          commitIntervalMs: plan.commitIntervalMs,
          flushTimeoutMs: 5_000,
          shutdownTimeoutMs,
        },
        telemetry: {
          metrics,
          logger: this.#logger,
          troubles: new TaskTroubles(time),
          rejected: new RejectedRecords(time, this.#logger),
          seenTopic: () => {},
        },
        time,
      },
      { started: () => {}, paused: () => {}, resumed: () => {} },
      { prepare: () => Promise.resolve(), release: () => Promise.resolve() },
    );
    return { task: loop, sink, consumer, abandoned: Promise.withResolvers<void>() };
  }

  #makePipeline(): RecordPipeline {
    const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);
    const convert = (value: string | null) => {
      if (value === textOf.bytes) throw new DataException("not readable", { rule: "unreadable" });
      return { schema: null, value: value === "" ? null : value };
    };
    const converter = {
      toConnectData: (_: string, bytes: Uint8Array | null) => convert(text(bytes)),
      fromConnectData: () => null,
    };
    const header = { toConnectHeader: () => ({ schema: null, value: null }), fromConnectHeader: () => null };
    return new RecordPipeline({
      key: { className: "Key", of: converter },
      value: { className: "Value", of: converter },
      header: { className: "Header", of: header },
      stages: [{ className: "Simulated", apply: (record) => this.#transform(record) }],
      recordBytesMax: 1_000,
    });
  }

  #transform(record: ConnectRecord): ConnectRecord | null {
    if (record.value === textOf.filtered) return null;
    if (record.value === textOf.transform) throw new DataException("no id", { rule: "id_missing" });
    if (record.value === textOf.retried && this.#random.chance(0.3)) {
      const tries = this.#retried.get(record.origin) ?? new Map<bigint, number>();
      this.#retried.set(record.origin, tries);
      const count = tries.get(record.offset ?? 0n) ?? 0;
      tries.set(record.offset ?? 0n, count + 1);
      if (count < 2) throw new RetriableException("the look-up is away");
    }
    return record;
  }

  // --- ends ---

  async #waitUntilCommitted(): Promise<void> {
    const isDone = () =>
      this.#plan.partitions.every((at) => (this.#kafka.committed(GROUP, at) ?? 0n) === this.#ledger.end(at));
    for (let waitedMs = 0; !isDone(); waitedMs += 1_000) {
      this.#throwIfBroken();
      if (waitedMs > healedMsMax) {
        throw new BrokenRule("nothing goes on although all faults are over");
      }
      await this.clock.sleep(1_000);
      const consumer = this.#incarnation?.consumer;
      if (consumer !== undefined && consumer.assignment().length < this.#plan.partitions.length) {
        consumer.rebalanceTo(this.#plan.partitions);
      }
    }
  }

  /** With own offsets no row is written twice. */
  #requireOnce(): void {
    for (const at of this.#plan.partitions) {
      for (let offset = 0n; offset < this.#ledger.end(at); offset++) {
        const times = this.#ledger.timesWritten(at, offset);
        if (times > 1) {
          throw new BrokenRule(`${partitionKey(at)}: record ${offset} was written ${times} times`);
        }
      }
    }
  }

  #require(rule: () => void): void {
    try {
      rule();
    } catch (error) {
      if (error instanceof BrokenRule) this.#broken(error);
      throw error;
    }
  }

  #broken(rule: BrokenRule): void {
    this.#brokenRule ??= rule;
  }

  #throwIfBroken(): void {
    if (this.#brokenRule !== undefined) throw this.#brokenRule;
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

function has(partitions: readonly TopicPartition[], at: TopicPartition): boolean {
  return partitions.some((other) => partitionKey(other) === partitionKey(at));
}
