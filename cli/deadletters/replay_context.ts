/** What a sink's task has around it while single records are given to it, outside of any group. @module */

import type { Admin, Logger, Time } from "../../connect/api/ports.ts";
import { partitionKey, type SinkRecord, type TopicPartition } from "../../connect/api/record.ts";
import type { ErrantRecordReporter, Props, SinkTaskContext } from "../../connect/api/sink_task.ts";
import { reasonOf } from "../../connect/errors/failed_record.ts";
import type { ConnectorSpec } from "../../connect/runtime/herder/connector_spec.ts";

/** What the context is made from. */
interface ReplayContextOptions {
  readonly spec: ConnectorSpec;
  readonly admin: Admin;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A context without partitions of its own: it remembers what the sink refuses and counts. */
export class ReplayContext implements SinkTaskContext {
  /** Rule by coordinates, of records that the sink refused. */
  readonly refused = new Map<string, string>();
  /** Rows that were left as they are, by reason. */
  readonly suppressed = new Map<string, number>();
  readonly taskId = 0;
  readonly #options: ReplayContextOptions;
  #timeoutMs: number | undefined;

  constructor(options: ReplayContextOptions) {
    this.#options = options;
  }

  get connectorName(): string {
    return this.#options.spec.name;
  }
  get groupId(): string {
    return this.#options.spec.groupId;
  }
  get configHash(): string {
    return this.#options.spec.configHash;
  }
  get admin(): Admin {
    return this.#options.admin;
  }
  get time(): Time {
    return this.#options.time;
  }
  get logger(): Logger {
    return this.#options.logger;
  }
  get signal(): AbortSignal {
    return this.#options.signal;
  }
  configs(): Props {
    return this.#options.spec.props;
  }
  async currentConfigs(): Promise<Props> {
    return await this.#options.spec.current();
  }
  errantRecordReporter(): ErrantRecordReporter {
    return {
      report: (record, error) => {
        this.refused.set(placeOf(record), reasonOf(error));
        return Promise.resolve();
      },
    };
  }
  count(name: string, reason: string, by = 1): void {
    if (name === "rows-suppressed") this.suppressed.set(reason, (this.suppressed.get(reason) ?? 0) + by);
  }
  timeout(ms: number): void {
    this.#timeoutMs = ms;
  }
  /** The wait before the next try that the sink asked for, once. */
  takeTimeoutMs(): number | undefined {
    const taken = this.#timeoutMs;
    this.#timeoutMs = undefined;
    return taken;
  }
  assignment(): readonly TopicPartition[] {
    return [];
  }
  isOwned(): boolean {
    return true;
  }
  // Nothing is polled or committed here.
  offset(): void {}
  delivered(): void {}
  pause(): void {}
  resume(): void {}
  requestCommit(): void {}
}

/** Coordinates as one text, for records as the sink has them. */
export function placeOf(record: Pick<SinkRecord, "origin" | "offset">): string {
  return `${partitionKey(record.origin)}@${record.offset}`;
}
