/** What a sink tells of records it could not write. (`WorkerErrantRecordReporter`, KIP-610) @module */

import type { ConsumerRecord } from "../api/ports.ts";
import type { SinkRecord } from "../api/record.ts";
import type { ErrantRecordReporter } from "../api/sink_task.ts";
import type { PendingReports } from "./pending_reports.ts";
import type { RetryWithTolerance } from "./retry_with_tolerance.ts";

/** Connect names the base class here, whatever the sink is. */
const SINK_TASK_CLASS = "org.apache.kafka.connect.sink.SinkTask";

/** What the reporter works with. */
interface ErrantRecordReporterOptions {
  readonly errors: RetryWithTolerance;
  /** Waited for before any commit; what the sink swallows fails the task all the same. */
  readonly pending: PendingReports;
  /** The record as it was consumed, if the batch in hand still has it. */
  readonly originalOf: (record: SinkRecord) => ConsumerRecord | undefined;
}

/** Reports records of stage TASK_PUT. */
export class WorkerErrantRecordReporter implements ErrantRecordReporter {
  readonly #options: ErrantRecordReporterOptions;

  constructor(options: ErrantRecordReporterOptions) {
    this.#options = options;
  }

  report(record: SinkRecord, error: Error): Promise<void> {
    const { errors, pending, originalOf } = this.#options;
    const verdict = errors.judge({
      record: originalOf(record) ?? coordinatesOnly(record),
      stage: "TASK_PUT",
      className: SINK_TASK_CLASS,
      error,
      isTombstone: record.value === null,
    });
    if (verdict.kind === "skipped") return pending.track(record, verdict.durable);
    pending.refuse(record, verdict.error);
    return pending.track(record, verdict.durable.then(() => Promise.reject(verdict.error)));
  }
}

/** For a record that the sink kept beyond its batch. */
function coordinatesOnly(record: SinkRecord): ConsumerRecord {
  return {
    topic: record.origin.topic,
    partition: record.origin.partition,
    offset: record.offset,
    timestamp: record.timestamp ?? -1,
    timestampType: record.timestampType ?? "NoTimestampType",
    key: null,
    value: null,
    headers: [],
  };
}
