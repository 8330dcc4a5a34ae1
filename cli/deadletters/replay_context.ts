import type { Admin, Logger, Time } from "../../connect/api/ports.ts";
import { partitionKey, type SinkRecord, type TopicPartition } from "../../connect/api/record.ts";
import type { ErrantRecordReporter, Props, SinkTaskContext } from "../../connect/api/sink_task.ts";
import { reasonOf } from "../../connect/errors/failed_record.ts";
import type { ConnectorSpec } from "../../connect/runtime/herder/connector_spec.ts";

interface ReplayContextOptions {
  readonly spec: ConnectorSpec;
  readonly admin: Admin;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The sink's context in a replay, outside of a group: remembers what the sink rejects and counts. */
export class ReplayContext implements SinkTaskContext {
  /** Rule of each rejected record, by coordinates. */
  readonly refused = new Map<string, string>();
  /** Counts of suppressed rows, by reason. */
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
  /** Returns the wait that the sink asked for, and resets it. */
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
  // A replay doesn't poll or commit.
  offset(): void {}
  delivered(): void {}
  pause(): void {}
  resume(): void {}
  requestCommit(): void {}
}

export function placeOf(record: Pick<SinkRecord, "origin" | "offset">): string {
  return `${partitionKey(record.origin)}@${record.offset}`;
}
