import { javaClassOf, JavaException } from "../api/exceptions.ts";
import type { ConsumerRecord } from "../api/ports.ts";

/** Where a record failed. (`org.apache.kafka.connect.runtime.errors.Stage`) */
export type Stage = "KEY_CONVERTER" | "VALUE_CONVERTER" | "HEADER_CONVERTER" | "TRANSFORMATION" | "TASK_PUT";

/** A record that could not be processed, where and why. (`ProcessingContext`) */
export interface FailedRecord {
  readonly record: ConsumerRecord;
  readonly stage: Stage;
  /** Full class name of the plugin that failed. */
  readonly className: string;
  readonly error: unknown;
  /** Whether the record deletes, as far as it was transformed. Absent = judged by its raw value. */
  readonly isTombstone?: boolean;
}

/** Returns whether a failed record would have deleted something. */
export function isTombstone(failed: FailedRecord): boolean {
  return failed.isTombstone ?? failed.record.value === null;
}

/** Reports a bad record; the promise resolves when the report is durable. */
export interface ErrorReporter {
  report(failed: FailedRecord): Promise<void>;
}

/** Metrics of error handling. (`ErrorHandlingMetrics`) */
export interface ErrorCounters {
  recordFailure(): void;
  recordError(stage: string, reason: string, nowMs: number): void;
  recordSkipped(): void;
  recordRetry(): void;
  recordErrorLogged(): void;
  recordDeadLetters(count: number): void;
  recordDeadLetterFailures(count: number): void;
}

/**
 * Returns the word an error is counted by: its rule, or the last part of its class name.
 *
 * @example
 * ```ts
 * import { DataException } from "../api/exceptions.ts";
 * import { reasonOf } from "./failed_record.ts";
 * if (reasonOf(new DataException("no phone", { rule: "phone_missing" })) !== "phone_missing") throw new Error("rule");
 * if (reasonOf(new DataException("bad")) !== "DataException") throw new Error("class");
 * ```
 */
export function reasonOf(error: unknown): string {
  if (error instanceof JavaException && error.rule !== undefined) return error.rule;
  const name = javaClassOf(error);
  return name.slice(name.lastIndexOf(".") + 1);
}
