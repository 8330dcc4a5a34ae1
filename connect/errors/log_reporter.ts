import { javaClassOf, safeText } from "../api/exceptions.ts";
import type { ConsumerRecord, Logger } from "../api/ports.ts";
import { type ErrorCounters, type ErrorReporter, type FailedRecord, reasonOf } from "./failed_record.ts";

interface LogReporterOptions {
  readonly connector: string;
  readonly taskId: number;
  /** `errors.log.include.messages`: adds the coordinates. Values of records are never logged. */
  readonly includeMessages: boolean;
  readonly counters: Pick<ErrorCounters, "recordErrorLogged">;
  readonly logger: Logger;
}

/** Logs a line per bad record. (`org.apache.kafka.connect.runtime.errors.LogReporter`) */
export class LogReporter implements ErrorReporter {
  readonly #options: LogReporterOptions;

  constructor(options: LogReporterOptions) {
    this.#options = options;
  }

  report(failed: FailedRecord): Promise<void> {
    const { logger, counters } = this.#options;
    const { topic, partition, offset } = failed.record;
    logger.error(errorLogText(failed, this.#options), {
      ...{ topic, partition, offset, stage: failed.stage },
      error: javaClassOf(failed.error),
      reason: reasonOf(failed.error),
      detail: safeText(failed.error),
    });
    counters.recordErrorLogged();
    return Promise.resolve();
  }
}

/**
 * Returns Connect's log line for a bad record.
 *
 * @example
 * ```ts
 * import { DataException } from "../api/exceptions.ts";
 * import { errorLogText } from "./log_reporter.ts";
 * const record = {
 *   topic: "orders", partition: 0, offset: 7n, timestamp: -1, timestampType: "NoTimestampType" as const,
 *   key: null, value: null, headers: [],
 * };
 * const failed = { record, stage: "VALUE_CONVERTER" as const, className: "Json", error: new DataException("bad") };
 * const text = errorLogText(failed, { connector: "people", taskId: 0, includeMessages: true });
 * if (!text.includes("{topic='orders', partition=0, offset=7}.")) throw new Error(text);
 * ```
 */
export function errorLogText(
  failed: FailedRecord,
  options: Pick<LogReporterOptions, "connector" | "taskId" | "includeMessages">,
): string {
  const where = options.includeMessages ? `, where consumed record is {${coordinates(failed.record)}}` : "";
  return `Error encountered in task ${options.connector}-${options.taskId}. ` +
    `Executing stage '${failed.stage}' with class '${failed.className}'${where}.`;
}

function coordinates(record: ConsumerRecord): string {
  const place = `topic='${record.topic}', partition=${record.partition}, offset=${record.offset}`;
  if (record.timestampType === "NoTimestampType") return place;
  return `${place}, timestamp=${record.timestamp}, timestampType=${record.timestampType}`;
}
