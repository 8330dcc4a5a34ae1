/** Bad records for the tests of error handling. @module */

import { DataException } from "../../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../../connect/api/ports.ts";
import type { ErrorCounters, FailedRecord } from "../../../../connect/errors/failed_record.ts";

const encoder = new TextEncoder();

/** A value that no message may show. */
export const canary = "+55 11 99999-0000";

/** A record as it was consumed. */
export function consumed(changes: Partial<ConsumerRecord> = {}): ConsumerRecord {
  return {
    topic: "or-db",
    partition: 0,
    offset: 0n,
    timestamp: 1_700_000_000_123,
    timestampType: "CreateTime",
    key: encoder.encode("17"),
    value: encoder.encode(`{"phone":"${canary}"}`),
    headers: [],
    ...changes,
  };
}

/** A record that a transformation refused. */
export function failed(changes: Partial<FailedRecord> = {}): FailedRecord {
  return {
    record: consumed(),
    stage: "TRANSFORMATION",
    className: "org.apache.kafka.connect.transforms.Cast$Value",
    error: new DataException("Value was out of range for requested data type", {
      rule: "out_of_range",
      field: "id",
      connectText: `Value (${canary}) was out of range for requested data type`,
    }),
    ...changes,
  };
}

/** Counters that are looked at as a list of words. */
export class FakeCounters implements ErrorCounters {
  readonly words: string[] = [];
  recordFailure(): void {
    this.words.push("failure");
  }
  recordError(stage: string, reason: string): void {
    this.words.push(`error ${stage} ${reason}`);
  }
  recordSkipped(): void {
    this.words.push("skipped");
  }
  recordRetry(): void {
    this.words.push("retry");
  }
  recordErrorLogged(): void {
    this.words.push("logged");
  }
  recordDeadLetters(count: number): void {
    this.words.push(`letters ${count}`);
  }
  recordDeadLetterFailures(count: number): void {
    this.words.push(`lost ${count}`);
  }
}
