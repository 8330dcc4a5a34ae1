/** A sink task that records its calls and does what a test tells it. @module */

import type { OffsetMap, SinkRecord, TopicPartition } from "../../../connect/api/record.ts";
import { partitionKey } from "../../../connect/api/record.ts";
import { type Props, SinkTask, type SinkTaskContext } from "../../../connect/api/sink_task.ts";

/**
 * Records every call, and by default succeeds at once.
 *
 * @example
 * ```ts
 * import { FakeSinkTask } from "./fake_task.ts";
 * const task = new FakeSinkTask();
 * task.onPut = () => Promise.reject(new Error("down"));
 * if (await task.put([]).then(() => true, () => false)) throw new Error("it does what it was told");
 * ```
 */
export class FakeSinkTask extends SinkTask {
  /** Names of the calls with their partitions, in order; `put` only with records. */
  readonly calls: string[] = [];
  /** Non-empty batches whose put resolved. */
  readonly delivered: (readonly SinkRecord[])[] = [];
  emptyPuts = 0;
  props: Props | undefined;
  onStart: () => Promise<void> | void = () => {};
  onOpen: (partitions: readonly TopicPartition[]) => Promise<void> | void = () => {};
  onPut: (records: readonly SinkRecord[]) => Promise<void> | void = () => {};
  onPreCommit: (current: OffsetMap) => Promise<OffsetMap> | OffsetMap = (current) => current;
  onClose: () => Promise<void> | void = () => {};
  onStop: () => Promise<void> | void = () => {};
  metadata = "";
  /** Whether it writes batches in columns; otherwise each comes again as records. */
  takesColumns = true;

  /** The context from the framework. */
  get given(): SinkTaskContext {
    return this.context;
  }
  /** Values of all delivered records, in order. */
  get values(): readonly unknown[] {
    return this.delivered.flat().map(({ value }) => value);
  }

  version(): string {
    return "7.0";
  }
  async start(props: Props): Promise<void> {
    this.calls.push("start");
    this.props = props;
    await this.onStart();
  }
  override async open(partitions: readonly TopicPartition[]): Promise<void> {
    this.calls.push(`open ${partitions.map(partitionKey).join(" ")}`);
    await this.onOpen(partitions);
  }
  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0) this.emptyPuts += 1;
    else this.calls.push(`put ${records.length}`);
    await this.onPut(records);
    if (records.length > 0) this.delivered.push(records);
  }
  override async preCommit(current: OffsetMap): Promise<OffsetMap> {
    this.calls.push(`preCommit ${[...current].map(([at, next]) => `${partitionKey(at)}@${next}`).join(" ")}`);
    return await this.onPreCommit(current);
  }
  override async close(partitions: readonly TopicPartition[]): Promise<void> {
    this.calls.push(`close ${partitions.map(partitionKey).join(" ")}`);
    await this.onClose();
  }
  override commitMetadata(): string {
    return this.metadata;
  }
  async stop(): Promise<void> {
    this.calls.push("stop");
    await this.onStop();
  }
}
