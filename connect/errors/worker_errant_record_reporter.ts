import type { ConsumerRecord } from "../api/ports.ts";
import type { SinkRecord } from "../api/record.ts";
import type { ErrantRecordReporter } from "../api/sink_task.ts";
import type { PendingReports } from "./pending_reports.ts";
import type { RetryWithTolerance } from "./retry_with_tolerance.ts";

/** Connect names the base class, whatever the sink's class is. */
const SINK_TASK_CLASS = "org.apache.kafka.connect.sink.SinkTask";

interface ErrantRecordReporterOptions {
  readonly errors: RetryWithTolerance;
  /** Commits wait for it; it fails the task even if the sink ignores a failed report. */
  readonly pending: PendingReports;
  /** Returns the consumed record while its batch is in delivery. */
  readonly originalOf: (record: SinkRecord) => ConsumerRecord | undefined;
}

/** Reports records that a sink could not write. (`WorkerErrantRecordReporter`, KIP-610) */
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

/** For a record that the sink reports after its batch. */
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
