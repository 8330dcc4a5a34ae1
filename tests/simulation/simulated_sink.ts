/** A sink that writes into the ledger, fails on demand, and checks the records that it gets. @module */

import { ConnectException, DataException, RetriableException } from "../../connect/api/exceptions.ts";
import {
  type OffsetMap,
  partitionKey,
  PartitionMap,
  type SinkRecord,
  type TopicPartition,
} from "../../connect/api/record.ts";
import { SinkTask } from "../../connect/api/sink_task.ts";
import type { FakeClock } from "../support/fakes/fake_clock.ts";
import type { FakeConsumer } from "../support/fakes/fake_consumer.ts";
import type { Random } from "../support/random.ts";
import { BrokenRule, type Ledger } from "./ledger.ts";

/** The database's current faults. */
interface SinkWeather {
  /** Every put throws RetriableException, some after writing the rows. */
  isDown: boolean;
  /** The next put fails for good. */
  isBroken: boolean;
  /** preCommit throws. */
  preCommitFails: boolean;
  /** The next put takes this long. */
  slowPutMs: number;
  /** Optional calls of tasks: pausing partitions, requesting commits, odd offsets from preCommit. */
  whims: number;
}

/** The external system: all tasks share it, and it outlives them. */
export interface Database {
  readonly ledger: Ledger;
  readonly weather: SinkWeather;
  /** The sink's own next offsets, with the fence of their last owner. */
  readonly offsets: PartitionMap<{ next: bigint; fence: number }>;
  fences: number;
}

interface SimulatedSinkOptions {
  readonly database: Database;
  readonly ownOffsets: boolean;
  readonly consumer: FakeConsumer;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly putMsMax: number;
  readonly broken: (rule: BrokenRule) => void;
}

/** See the module. */
export class SimulatedSink extends SinkTask {
  readonly #options: SimulatedSinkOptions;
  readonly #fences = new PartitionMap<number>();
  /** By partition: the reading epoch and its next expected offset. */
  readonly #expected = new PartitionMap<{ epoch: number; next: bigint }>();
  readonly #paused = new PartitionMap<true>();
  #isBusy = false;
  /** The process was killed: pending writes may still reach the database, or not. */
  isDead = false;

  constructor(options: SimulatedSinkOptions) {
    super();
    this.#options = options;
  }

  version(): string {
    return "1";
  }
  start(): Promise<void> {
    return this.#alone(() => this.#wait(2));
  }
  /** The one call that may overlap another: a forced stop of the task. */
  stop(): Promise<void> {
    return this.context.signal.aborted ? this.#wait(2) : this.#alone(() => this.#wait(2));
  }

  override open(partitions: readonly TopicPartition[]): Promise<void> {
    return this.#alone(async () => {
      const { database, ownOffsets, random } = this.#options;
      await this.#wait(3);
      if (database.weather.isDown && random.chance(0.5)) throw new RetriableException("the database is down");
      for (const at of partitions) {
        if (this.#paused.delete(at)) this.context.resume(at);
        if (ownOffsets) this.#takeOver(at);
      }
    });
  }

  override close(): Promise<void> {
    return this.#alone(() => this.#wait(2));
  }

  put(records: readonly SinkRecord[]): Promise<void> {
    return this.#alone(async () => {
      const { database: { weather }, clock, random, putMsMax } = this.#options;
      const expected = this.#check(records);
      this.context.logger.debug(
        `put ${records.map(({ origin, offset }) => `${origin.partition}/${offset}`).join(" ")}`,
      );
      const slowMs = weather.slowPutMs;
      weather.slowPutMs = 0;
      if (records.length > 0) await clock.sleep(slowMs + random.integer(0, putMsMax));
      if (records.length > 0) this.#fail();
      const lateFault = records.length > 0 && weather.isDown;
      await this.#write(records);
      if (lateFault) throw this.#outage();
      for (const [at, next] of expected) this.#expected.set(at, next);
      this.#whims(records);
    });
  }

  override preCommit(current: OffsetMap): Promise<OffsetMap> {
    return this.#alone(async () => {
      const { database, ownOffsets, random } = this.#options;
      await this.#wait(2);
      if (database.weather.preCommitFails) throw new ConnectException("the flush failed");
      // Records dropped because of a foreign fence aren't this task's to commit.
      const owned = new PartitionMap([...current].filter(([at]) => !ownOffsets || this.#owns(at)));
      for (const [at, offset] of owned) {
        this.#require(() => database.ledger.requireSafe(at, offset, "preCommit"));
        if (ownOffsets) this.#move(at, offset);
      }
      return random.chance(database.weather.whims) ? oddOffsets(owned, random) : owned;
    });
  }

  /** Checks that calls don't overlap. */
  async #alone<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isBusy) this.#broken(new BrokenRule("the task was called while a call was under way"));
    this.#isBusy = true;
    try {
      return await call();
    } finally {
      if (this.isDead) await new Promise<never>(() => {}); // a killed process never answers
      this.#isBusy = false;
    }
  }

  #wait(msMax: number): Promise<void> {
    return this.#options.clock.sleep(this.#options.random.integer(0, msMax));
  }

  /** Raises the fence and seeks to the own offset. */
  #takeOver(at: TopicPartition): void {
    const { database } = this.#options;
    const next = database.offsets.get(at)?.next ?? this.#options.consumer.position(at) ?? 0n;
    const fence = ++database.fences;
    database.offsets.set(at, { next, fence });
    this.#fences.set(at, fence);
    this.context.offset(new PartitionMap([[at, next]]));
  }

  /** Order and completeness: within an epoch each record must be the next expected one. */
  #check(records: readonly SinkRecord[]): PartitionMap<{ epoch: number; next: bigint }> {
    const { consumer, database: { ledger } } = this.#options;
    const expected = new PartitionMap<{ epoch: number; next: bigint }>();
    if (this.isDead) return expected;
    for (const record of records) {
      const at = record.origin;
      const epoch = consumer.epochs.get(at) ?? { number: 0, from: 0n };
      const known = expected.get(at) ?? this.#expected.get(at);
      const from = known?.epoch === epoch.number ? known.next : epoch.from;
      const next = ledger.nextForSink(at, from);
      if (record.offset !== next) {
        this.#broken(new BrokenRule(`${partitionKey(at)}: ${record.offset} was put, ${next} has to come`));
      }
      if (this.#paused.has(at)) this.#broken(new BrokenRule(`${partitionKey(at)} was paused by the task`));
      expected.set(at, { epoch: epoch.number, next: record.offset + 1n });
    }
    return expected;
  }

  #fail(): void {
    const { database: { weather }, random } = this.#options;
    if (weather.isBroken) {
      weather.isBroken = false;
      throw new ConnectException("the table is gone");
    }
    if (weather.isDown && random.chance(0.7)) throw this.#outage();
  }

  #outage(): RetriableException {
    const { random } = this.#options;
    if (random.chance(0.7)) this.context.timeout(random.integer(1, 3_000));
    return new RetriableException("the database is down");
  }

  /** One transaction: refused records are reported first, then rows and own offsets change together. */
  async #write(records: readonly SinkRecord[]): Promise<void> {
    const { database, ownOffsets, random } = this.#options;
    const reports: Promise<void>[] = [];
    for (const record of records) {
      if (database.ledger.kind(record.origin, record.offset) !== "refused") continue;
      const report = this.context.errantRecordReporter()?.report(
        record,
        new DataException("refused", { rule: "refused" }),
      );
      if (report !== undefined) reports.push(report);
    }
    if (ownOffsets || random.chance(0.5)) await Promise.all(reports);
    if (this.isDead && random.chance(0.5)) return;
    for (const record of records) this.#writeOne(record);
  }

  #writeOne(record: SinkRecord): void {
    const { database: { ledger, offsets }, ownOffsets } = this.#options;
    const at = record.origin;
    if (ownOffsets) {
      if (!this.#owns(at) || record.offset < (offsets.get(at)?.next ?? 0n)) return;
    }
    if (ledger.kind(at, record.offset) !== "refused") ledger.wrote(at, record.offset);
    if (!ownOffsets) return;
    this.#require(() => ledger.requireSafe(at, record.offset + 1n, "put"));
    this.#move(at, record.offset + 1n);
  }

  #owns(at: TopicPartition): boolean {
    return this.#options.database.offsets.get(at)?.fence === this.#fences.get(at);
  }
  #move(at: TopicPartition, next: bigint): void {
    const row = this.#options.database.offsets.get(at);
    if (row !== undefined && next > row.next) row.next = next;
  }

  #whims(records: readonly SinkRecord[]): void {
    const { database: { weather }, random } = this.#options;
    for (const at of this.#paused.keys()) {
      if (!random.chance(Math.max(0.3, 1 - weather.whims))) continue;
      if (this.context.assignment().some((other) => partitionKey(other) === partitionKey(at))) {
        this.context.resume(at);
      }
      this.#paused.delete(at);
    }
    const first = records[0];
    if (first === undefined || !random.chance(weather.whims)) return;
    if (random.chance(0.5)) return this.context.requestCommit();
    this.context.pause(first.origin);
    this.#paused.set(first.origin, true);
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
    this.#options.broken(rule);
  }
}

/** Offsets that tasks may return beyond those they were asked for. */
function oddOffsets(current: OffsetMap, random: Random): OffsetMap {
  const odd = new PartitionMap<bigint>();
  if (random.chance(0.3)) return odd;
  for (const [at, offset] of current) {
    if (random.chance(0.5)) odd.set(at, random.chance(0.3) ? offset + 100n : offset);
  }
  if (random.chance(0.2)) odd.set({ topic: "elsewhere", partition: 0 }, 5n);
  return odd;
}
