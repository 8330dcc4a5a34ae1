/** A sink task's context without a worker, which records the task's requests. @module */

import type {
  Admin,
  CommittedOffset,
  LogBounds,
  LogFields,
  Logger,
  Time,
} from "../../../connect/api/ports.ts";
import {
  ConnectRecord,
  type OffsetMap,
  partitionKey,
  PartitionMap,
  type RecordParts,
  type SinkRecord,
  type TopicPartition,
} from "../../../connect/api/record.ts";
import type { ErrantRecordReporter, Props, SinkTaskContext } from "../../../connect/api/sink_task.ts";

/** A reported bad record. */
interface Report {
  readonly record: SinkRecord;
  readonly error: Error;
}

/** Kafka's answers; a test may change them at any time. */
interface FakeKafka {
  readonly clusterId: string;
  readonly group: PartitionMap<CommittedOffset>;
  readonly log: PartitionMap<LogBounds>;
  /** Of the last written records; absent = the log has none of them any more. */
  readonly timestamps?: PartitionMap<number>;
  /** Runs before Kafka answers about the group. */
  readonly beforeGroup?: () => Promise<void>;
}

export interface FakeContextOptions {
  readonly props?: Props;
  readonly connectorName?: string;
  readonly taskId?: number;
  readonly time?: Time;
  readonly kafka?: FakeKafka;
  /** Handles reports; absent = they are kept. */
  readonly report?: (report: Report) => Promise<void>;
  /** Whether the context has no reporter. */
  readonly isWithoutReporter?: boolean;
}

/** Makes a Kafka with these partitions, each with a log from 0 to `end`. */
export function fakeKafka(partitions: readonly TopicPartition[], end = 1_000_000n): FakeKafka {
  return {
    clusterId: "kafka-1",
    group: new PartitionMap(),
    log: new PartitionMap(partitions.map((at) => [at, { start: 0n, end }] as const)),
  };
}

/** A context that records every call. */
export class FakeSinkContext implements SinkTaskContext {
  readonly reports: Report[] = [];
  readonly offsets = new PartitionMap<bigint>();
  readonly deliveredOffsets = new PartitionMap<bigint>();
  readonly timeouts: number[] = [];
  readonly counts = new Map<string, number>();
  readonly logs: string[] = [];
  readonly notOwned = new Set<string>();
  readonly connectorName: string;
  readonly groupId: string;
  readonly configHash = "c0ffee";
  readonly taskId: number;
  readonly time: Time;
  readonly logger: Logger;
  readonly admin: Admin;
  readonly #forced = new AbortController();
  readonly #options: FakeContextOptions;
  #assignment: readonly TopicPartition[] = [];

  constructor(options: FakeContextOptions = {}) {
    this.#options = options;
    this.connectorName = options.connectorName ?? "people";
    this.groupId = `connect-${this.connectorName}`;
    this.taskId = options.taskId ?? 0;
    this.time = options.time ?? realTime;
    this.logger = this.#logger({});
    this.admin = adminOf(options.kafka ?? fakeKafka([]));
  }

  get signal(): AbortSignal {
    return this.#forced.signal;
  }
  /** Stops the task by force. */
  abort(): void {
    this.#forced.abort();
  }
  configs(): Props {
    return this.#options.props ?? {};
  }
  currentConfigs(): Promise<Props> {
    return Promise.resolve(this.configs());
  }
  delivered(offsets: OffsetMap): void {
    for (const [at, offset] of offsets) this.deliveredOffsets.set(at, offset);
  }
  offset(offsets: OffsetMap): void {
    for (const [at, offset] of offsets) this.offsets.set(at, offset);
  }
  timeout(ms: number): void {
    this.timeouts.push(ms);
  }
  assigned(partitions: readonly TopicPartition[]): void {
    this.#assignment = partitions;
  }
  assignment(): readonly TopicPartition[] {
    return this.#assignment;
  }
  pause(): void {}
  resume(): void {}
  requestCommit(): void {}
  isOwned(partition: TopicPartition): boolean {
    return !this.notOwned.has(partitionKey(partition));
  }
  count(name: string, reason: string, by = 1): void {
    const key = `${name}:${reason}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }
  errantRecordReporter(): ErrantRecordReporter | null {
    if (this.#options.isWithoutReporter === true) return null;
    return {
      report: async (record, error) => {
        await this.#options.report?.({ record, error });
        this.reports.push({ record, error });
      },
    };
  }
  /** Offsets of the reported records, in order. */
  reportedOffsets(): readonly number[] {
    return this.reports.map(({ record }) => Number(record.offset));
  }

  #logger(fields: LogFields): Logger {
    const log = (level: string) => (message: string, more: LogFields = {}) => {
      const all = Object.entries({ ...fields, ...more }).map(([name, value]) => `${name}=${value}`);
      this.logs.push([level, message, ...all].join(" "));
    };
    return {
      debug: log("debug"),
      info: log("info"),
      warn: log("warn"),
      error: log("error"),
      with: (more) => this.#logger({ ...fields, ...more }),
    };
  }
}

const realTime: Time = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener("abort", end, { once: true });
    }),
};

function adminOf(kafka: FakeKafka): Admin {
  const refuse = () => Promise.reject(new Error("A sink has no business here"));
  return {
    clusterId: () => Promise.resolve(kafka.clusterId),
    groupOffsets: async () => {
      await kafka.beforeGroup?.();
      return kafka.group;
    },
    logBounds: () => Promise.resolve(kafka.log),
    recordTimestamps: () => Promise.resolve(kafka.timestamps ?? new PartitionMap()),
    describeTopics: refuse,
    listTopics: refuse,
    createTopic: refuse,
    groupMembers: refuse,
    alterGroupOffsets: refuse,
    deleteGroupOffsets: refuse,
    close: () => Promise.resolve(),
  };
}

/** Makes a record at an offset, by default of topic `people` and partition 0. */
export function sinkRecord(offset: number, parts: Partial<RecordParts>): SinkRecord {
  const record = ConnectRecord.of({
    topic: "people",
    timestamp: 1_700_000_000_000,
    ...parts,
    offset: BigInt(offset),
  });
  return record as SinkRecord; // it has an offset
}
