/** A record that could not be processed, where and why. (`org.apache.kafka.connect.runtime.errors`) @module */

import { javaClassOf, JavaException } from "../api/exceptions.ts";
import type { ConsumerRecord } from "../api/ports.ts";

/** Where a record failed. (`org.apache.kafka.connect.runtime.errors.Stage`) */
export type Stage = "KEY_CONVERTER" | "VALUE_CONVERTER" | "HEADER_CONVERTER" | "TRANSFORMATION" | "TASK_PUT";

/** What every reporter is told. (`org.apache.kafka.connect.runtime.errors.ProcessingContext`) */
export interface FailedRecord {
  /** The record as it was consumed. */
  readonly record: ConsumerRecord;
  readonly stage: Stage;
  /** Full class name of what failed. */
  readonly className: string;
  readonly error: unknown;
  /** Whether it deletes, as far as it had come: a transformation can make a tombstone. Absent = its raw value tells. */
  readonly isTombstone?: boolean;
}

/** Whether a failed record would have deleted something. */
export function isTombstone(failed: FailedRecord): boolean {
  return failed.isTombstone ?? failed.record.value === null;
}

/** Reports a bad record. The promise resolves when the report is durable. */
export interface ErrorReporter {
  report(failed: FailedRecord): Promise<void>;
}

/** Numbers that error handling keeps. (`ErrorHandlingMetrics`) */
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
 * The fixed word by which an error is counted: its rule, else the last part of its class name.
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
