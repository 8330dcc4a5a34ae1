/**
 * Gives refused records to their connector again. Each is fetched from its topic by its coordinates: a dead letter holds
 * nothing of it. The connector's offsets stay as they are, so what is newer is kept by newest wins, and who was erased
 * stays so.
 *
 * @module
 */

import { RetriableException } from "../../connect/api/exceptions.ts";
import type { Admin, ConsumerRecord, Logger, Time } from "../../connect/api/ports.ts";
import { partitionKey, type SinkRecord, type TopicPartition } from "../../connect/api/record.ts";
import type { SinkTask } from "../../connect/api/sink_task.ts";
import type { DeadLetter } from "../../connect/errors/dead_letter_reader.ts";
import { reasonOf } from "../../connect/errors/failed_record.ts";
import type { FetchedRecords, PartitionReader } from "../../connect/kafka/fetch/partition_reader.ts";
import type { ConnectorSpec } from "../../connect/runtime/herder/connector_spec.ts";
import type { RecordPipeline } from "../../connect/runtime/task/record_pipeline.ts";
import type { ReplayedLetters } from "../../sinks/sql/database.ts";
import { placeOf, ReplayContext } from "./replay_context.ts";

/** Records that are put at once. */
const batchRecordsMax = 500;
/** Tries of one batch while the database is away. */
const putTriesMax = 5;
const putRetryMsDefault = 1_000;

/** What a replay writes to. */
export interface ReplayTarget {
  readonly spec: ConnectorSpec;
  readonly pipeline: RecordPipeline;
  /** Whether the connector reads this topic at all. */
  readonly subscribes: (topic: string) => boolean;
  readonly time: Time;
}

/** What a replay works with. */
export interface ReplayOptions extends ReplayTarget {
  readonly done: Pick<ReplayedLetters, "has" | "add">;
  readonly reader: Pick<PartitionReader, "read">;
  readonly admin: Admin;
  readonly logger: Logger;
  /** Aborts when a person wants it to end. */
  readonly signal: AbortSignal;
}

/** A letter that couldn't be replayed. */
interface FailedLetter {
  readonly letter: DeadLetter;
  /** A fixed word. */
  readonly reason: string;
}

/** What became of the letters. */
export interface ReplayOutcome {
  readonly replayed: number;
  /** A transformation dropped them. */
  readonly filtered: number;
  /** They were replayed some other time. */
  readonly before: number;
  /** Their records aren't in Kafka any more, or not for this connector. */
  readonly gone: readonly FailedLetter[];
  readonly stillBad: readonly FailedLetter[];
  /** Of the replayed, those that erased a person. */
  readonly erasures: readonly DeadLetter[];
  readonly suppressed: ReadonlyMap<string, number>;
  readonly wasInterrupted: boolean;
}

/**
 * Replays letters, in the order in which they are given: by partition and offset.
 *
 * @throws RetriableException where the database or Kafka stays away; what was done until then is remembered
 */
export async function replayLetters(
  letters: readonly DeadLetter[],
  options: ReplayOptions,
): Promise<ReplayOutcome> {
  const context = new ReplayContext(options);
  const task = options.spec.plugin.createTask();
  task.initialize(context);
  const replay = new Replay(task, context, options);
  try {
    await replay.start();
    for (const letter of letters) {
      if (options.signal.aborted) break;
      await replay.add(letter);
    }
    await replay.flush();
  } finally {
    await task.stop();
  }
  return replay.outcome();
}

class Replay {
  readonly #task: SinkTask;
  readonly #context: ReplayContext;
  readonly #options: ReplayOptions;
  readonly #originals: OriginalRecords;
  readonly #gone: FailedLetter[] = [];
  readonly #stillBad: FailedLetter[] = [];
  #batch: { readonly letter: DeadLetter; readonly record: SinkRecord }[] = [];
  readonly #erasures: DeadLetter[] = [];
  #replayed = 0;
  #filtered = 0;
  #before = 0;

  constructor(task: SinkTask, context: ReplayContext, options: ReplayOptions) {
    this.#task = task;
    this.#context = context;
    this.#options = options;
    this.#originals = new OriginalRecords(options.reader);
  }

  async start(): Promise<void> {
    await this.#tried(() => this.#task.start(this.#context.configs()));
  }

  async add(letter: DeadLetter): Promise<void> {
    const { done, subscribes, pipeline } = this.#options;
    if (done.has(letter)) return void (this.#before += 1);
    if (!subscribes(letter.at.topic)) return void this.#gone.push({ letter, reason: "topic_not_subscribed" });
    const original = await this.#originals.find(letter);
    if (original === null) return void this.#gone.push({ letter, reason: "not_in_kafka_any_more" });
    let record: SinkRecord | null;
    try {
      record = pipeline.apply(original);
    } catch (error) {
      return void this.#stillBad.push({ letter, reason: reasonOf(error) });
    }
    if (record === null) {
      this.#filtered += 1;
      return await done.add([letter]);
    }
    this.#batch.push({ letter, record });
    if (this.#batch.length >= batchRecordsMax) await this.flush();
  }

  /** Writes what was added, and only then remembers it as done. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    await this.#tried(() => this.#task.put(batch.map(({ record }) => record)));
    const { refused } = this.#context;
    const written: DeadLetter[] = [];
    for (const { letter, record } of batch) {
      const reason = refused.get(placeOf(record));
      if (reason !== undefined) {
        this.#stillBad.push({ letter, reason });
        continue;
      }
      written.push(letter);
      // A header of the queue says "erasure": the record is one only if it has no value.
      if (letter.isErasure === true && record.value === null) this.#erasures.push(letter);
    }
    refused.clear();
    await this.#options.done.add(written);
    this.#replayed += written.length;
  }

  outcome(): ReplayOutcome {
    return {
      replayed: this.#replayed,
      filtered: this.#filtered,
      before: this.#before,
      gone: this.#gone,
      stillBad: this.#stillBad,
      erasures: this.#erasures,
      suppressed: this.#context.suppressed,
      wasInterrupted: this.#options.signal.aborted,
    };
  }

  /** A sink asks for the same again while its database is away. */
  async #tried(work: () => Promise<void>): Promise<void> {
    const { time, logger, signal } = this.#options;
    for (let tries = 1;; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RetriableException) || tries >= putTriesMax || signal.aborted) throw error;
        const waitMs = this.#context.takeTimeoutMs() ?? putRetryMsDefault;
        logger.warn("The database is away: the replay waits for it", {
          tries,
          waitMs,
          reason: error.message,
        });
        await time.sleep(waitMs, signal);
      }
    }
  }
}

/** Records by their coordinates; what one fetch brought serves the letters behind it, too. */
class OriginalRecords {
  readonly #reader: Pick<PartitionReader, "read">;
  #window:
    | { readonly at: TopicPartition; readonly from: bigint; readonly fetched: FetchedRecords }
    | undefined;

  constructor(reader: Pick<PartitionReader, "read">) {
    this.#reader = reader;
  }

  /** Null where retention or compaction has removed it. */
  async find({ at, offset }: Pick<DeadLetter, "at" | "offset">): Promise<ConsumerRecord | null> {
    const window = this.#window;
    const isWithin = window !== undefined && partitionKey(window.at) === partitionKey(at) &&
      offset >= window.from && offset < window.fetched.next;
    const fetched = isWithin ? window.fetched : await this.#reader.read(at, offset);
    if (fetched === null) return null;
    if (!isWithin) this.#window = { at, from: offset, fetched };
    return fetched.records.find((record) => record.offset === offset) ?? null;
  }
}
