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

/** Records per put. */
const batchRecordsMax = 500;
/** Tries of a batch while the database is down. */
const putTriesMax = 5;
const putRetryMsDefault = 1_000;

export interface ReplayTarget {
  readonly spec: ConnectorSpec;
  readonly pipeline: RecordPipeline;
  /** Returns whether the connector reads this topic. */
  readonly subscribes: (topic: string) => boolean;
  readonly time: Time;
}

export interface ReplayOptions extends ReplayTarget {
  readonly done: Pick<ReplayedLetters, "has" | "add">;
  readonly reader: Pick<PartitionReader, "read">;
  readonly admin: Admin;
  readonly logger: Logger;
  /** Aborts when the operator interrupts the replay. */
  readonly signal: AbortSignal;
}

interface FailedLetter {
  readonly letter: DeadLetter;
  /** A fixed word, never a value. */
  readonly reason: string;
}

export interface ReplayOutcome {
  readonly replayed: number;
  /** Dropped by a transformation. */
  readonly filtered: number;
  /** Replayed earlier. */
  readonly before: number;
  /** Records that Kafka has deleted, or of topics that the connector doesn't read. */
  readonly gone: readonly FailedLetter[];
  readonly stillBad: readonly FailedLetter[];
  /** Replayed tombstones that erased a person. */
  readonly erasures: readonly DeadLetter[];
  readonly suppressed: ReadonlyMap<string, number>;
  readonly wasInterrupted: boolean;
}

/**
 * Replays records by their letters, in the given order. Each record is fetched from its topic, because a dead
 * letter holds none of it. The connector's offsets don't change; newest wins keeps newer rows and erasures.
 *
 * @throws RetriableException if the database or Kafka stays down; finished records are remembered
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

  /** Writes the batch, then remembers its letters as replayed. */
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
      // Others can forge the header: a record is an erasure only if it has no value.
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

  /** Retries while the sink throws RetriableException. */
  async #tried(work: () => Promise<void>): Promise<void> {
    const { time, logger, signal } = this.#options;
    for (let tries = 1;; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RetriableException) || tries >= putTriesMax || signal.aborted) throw error;
        const waitMs = this.#context.takeTimeoutMs() ?? putRetryMsDefault;
        logger.warn("The database doesn't answer: the replay waits for it", {
          tries,
          waitMs,
          reason: error.message,
        });
        await time.sleep(waitMs, signal);
      }
    }
  }
}

/** Fetches records by coordinates; one fetch can serve several letters. */
class OriginalRecords {
  readonly #reader: Pick<PartitionReader, "read">;
  #window:
    | { readonly at: TopicPartition; readonly from: bigint; readonly fetched: FetchedRecords }
    | undefined;

  constructor(reader: Pick<PartitionReader, "read">) {
    this.#reader = reader;
  }

  /** Returns null if retention or compaction has deleted the record. */
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
