import { backoffMs } from "../api/backoff.ts";
import { ConnectException, JavaException, RetriableException, safeText } from "../api/exceptions.ts";
import type { Admin, Logger, Producer, ProducerRecord, Time } from "../api/ports.ts";
import type { ErrorCounters, ErrorReporter, FailedRecord } from "./failed_record.ts";

/** Most dead letters of a request. */
const lettersPerRequestMax = 500;

/** How long to retry before the task fails; below `max.poll.interval.ms`. */
export const deadLetterRetryMsMax = 120_000;

/** How long one attempt to create the topic may take before the log names it. */
const topicAttemptMsMax = 5_000;

const retryDelay = { msMin: 100, msMax: 5_000 } as const;

const deadLetterPartitions = 1;

/** Runs a named call and notes whether it succeeds. */
export type CallWatch = <T>(name: string, call: () => Promise<T>) => Promise<T>;

const unwatched: CallWatch = (_name, call) => call();

interface DeadLetterQueueOptions {
  readonly topic: string;
  readonly producer: Producer;
  /** Returns the dead letter of a record. */
  readonly form: (failed: FailedRecord) => ProducerRecord;
  readonly counters: Pick<ErrorCounters, "recordDeadLetters" | "recordDeadLetterFailures">;
  readonly time: Time;
  readonly logger: Logger;
  /** Watches each call to Kafka; absent = calls aren't watched. */
  readonly during?: CallWatch;
  /** Ends retries: the task is stopped by force. */
  readonly signal: AbortSignal;
}

interface Letter {
  readonly record: ProducerRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes dead letters in order, several per request. A report's promise resolves when the letter is durable.
 * It rejects after retries of limited time, so that the task fails rather than lose the record.
 * (`org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter`)
 */
export class DeadLetterQueueReporter implements ErrorReporter {
  readonly #options: DeadLetterQueueOptions;
  readonly #waiting: Letter[] = [];
  #writing = false;

  constructor(options: DeadLetterQueueOptions) {
    this.#options = options;
  }

  report(failed: FailedRecord): Promise<void> {
    const record = this.#options.form(failed);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ record, resolve, reject });
    if (!this.#writing) void this.#write();
    return promise;
  }

  /** One writer at a time; letters that come meanwhile go with its next request. */
  async #write(): Promise<void> {
    this.#writing = true;
    await Promise.resolve(); // the bad records of one poll share a request
    while (this.#waiting.length > 0) {
      const letters = this.#waiting.splice(0, lettersPerRequestMax);
      try {
        await this.#send(letters.map(({ record }) => record));
        letters.forEach(({ resolve }) => resolve());
      } catch (error) {
        this.#options.counters.recordDeadLetterFailures(letters.length);
        letters.forEach(({ reject }) => reject(error));
      }
    }
    this.#writing = false;
  }

  async #send(records: readonly ProducerRecord[]): Promise<void> {
    const { producer, counters, time, signal, logger, topic, during = unwatched } = this.#options;
    const deadline = time.monotonic() + deadLetterRetryMsMax;
    for (let failures = 0;; failures++) {
      counters.recordDeadLetters(records.length);
      try {
        return await during("dead letters", () => producer.send(records));
      } catch (error) {
        const delayMs = backoffMs(failures, retryDelay);
        const hopeless = error instanceof JavaException && !(error instanceof RetriableException);
        if (hopeless || signal.aborted || time.monotonic() + delayMs > deadline) throw lost(topic, error);
        logger.warn(`Cannot write to the dead letter queue ${topic}: will retry`, {
          records: records.length,
          reason: safeText(error),
        });
        await time.sleep(delayMs, signal);
      }
    }
  }
}

export interface TopicWait {
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called before each wait. */
  readonly waits: () => void;
  readonly during?: CallWatch;
}

/**
 * Creates the queue's topic if it doesn't exist, with one partition as in Connect; retries while Kafka is
 * down. (`DeadLetterQueueReporter.createAndSetup`)
 *
 * @throws ConnectException if the topic cannot be created
 */
export async function ensureDeadLetterTopic(
  admin: Admin,
  topic: string,
  replicationFactor: number,
  wait: TopicWait,
): Promise<void> {
  const { during = unwatched } = wait;
  const attempt = () => during("the queue's topic", () => makeIfMissing(admin, topic, replicationFactor));
  for (let failures = 0; !wait.signal.aborted; failures++) {
    try {
      return await unlessAborted(attempt(), wait.signal);
    } catch (error) {
      if (!(error instanceof RetriableException)) {
        throw new ConnectException(`Could not initialize dead letter queue with topic=${topic}`, {
          cause: error,
        });
      }
      const text = `Cannot create the dead letter queue ${topic} yet: will retry`;
      const isFirst = failures === 0; // from then on the worker logs troubles once a minute
      wait.logger[isFirst ? "warn" : "debug"](text, { reason: safeText(error) });
      wait.waits();
      await wait.time.sleep(backoffMs(failures, retryDelay), wait.signal);
    }
  }
}

/** A principal may be allowed to write to an existing topic, but not to create one. */
async function makeIfMissing(admin: Admin, topic: string, replicationFactor: number): Promise<void> {
  const topics = await admin.listTopics();
  if (topics.includes(topic)) return;
  await admin.createTopic(topic, deadLetterPartitions, replicationFactor, topicAttemptMsMax);
}

/** Returns early once the signal aborts; `work` then ends in the background. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    work.catch(() => {}); // if the signal was first, a later failure is ignored
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function lost(topic: string, cause: unknown): ConnectException {
  const isTooLarge = cause instanceof JavaException && cause.rule === "record_too_large";
  return new ConnectException(
    `Cannot write to the dead letter queue ${topic}: the task stops before the records it could not report: ` +
      safeText(cause) + (isTooLarge ? largeLetterRemedy : ""),
    { cause, ...(isTooLarge ? { rule: "record_too_large" } : {}) },
  );
}

const largeLetterRemedy = "; a raw dead letter is its record and more headers, so the queue's limits " +
  "(max.message.bytes, producer.override.max.request.size) have to be above those of the source topics and " +
  "record.bytes.max, or set errors.deadletterqueue.raw.enable=false, whose letters are small";
