/** Records as numbers instead of objects: no allocation a record, a few a poll and a run. @module */

import type { ConsumerRecord } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import { NO_SPANS, type RecordRun, RUN_NUMBERS, RunNumber } from "../../api/consumer_record.ts";
import { RecordMemory } from "./record_memory.ts";

/** Where read records go. */
export type RecordTarget = ConsumerRecord[] | RunList;

/** Records that a list has room for at first. */
const roomMin = 64;
/** Bytes of UTF-8 for a unit of UTF-16. */
const utf8BytesMax = 3;
const nothing = new Uint8Array(0);

/** A run while it grows. */
interface Draft {
  readonly at: TopicPartition;
  readonly from: number;
  /** Undefined until a record has places. */
  memory: RecordMemory | undefined;
  /** Records that have no places, by their index in the list. */
  objects: Map<number, ConsumerRecord> | undefined;
}

/**
 * Collects runs, poll after poll.
 *
 * The numbers of one poll's runs share three arrays, which no later poll uses: they live as long as the runs do, while
 * the records' bytes live until the consumer's `release`.
 */
export class RunList {
  #at: TopicPartition = { topic: "", partition: 0 };
  #drafts: Draft[] = [];
  #draft: Draft | undefined;
  #length = 0;
  #arrays = arraysFor(roomMin);

  /** Number of records. */
  get length(): number {
    return this.#length;
  }

  /** Offset of the last record; undefined without one. */
  get lastOffset(): bigint | undefined {
    const last = this.#length - 1;
    return last < 0
      ? undefined
      : this.#draft?.objects?.get(last)?.offset ?? BigInt(this.#arrays.offsets[last] ?? 0);
  }

  /** Says whose records come next. */
  begin(at: TopicPartition): void {
    if (this.#at === at) return;
    this.#at = at;
    this.#draft = undefined;
  }

  /** Adds the record that these arrays begin with. */
  add(memory: RecordMemory, numbers: Int32Array, offset: Float64Array, timestamp: Float64Array): void {
    if (this.#draft === undefined || this.#draft.memory !== memory) this.#enter(memory);
    const index = this.#next();
    const into = this.#arrays;
    into.offsets[index] = offset[0] ?? 0;
    into.timestamps[index] = timestamp[0] ?? 0;
    const to = index * RUN_NUMBERS;
    for (let number = 0; number < RUN_NUMBERS; number++) into.numbers[to + number] = numbers[number] ?? 0;
  }

  /** Adds a record that has no places. */
  push(record: ConsumerRecord): void {
    const draft = this.#draft ?? this.#begin(undefined);
    draft.objects ??= new Map();
    draft.objects.set(this.#length, record);
    const index = this.#next();
    const { numbers, offsets, timestamps } = this.#arrays;
    offsets[index] = Number(record.offset);
    timestamps[index] = record.timestamp;
    const to = index * RUN_NUMBERS;
    numbers[to + RunNumber.keyLength] = -1;
    numbers[to + RunNumber.valueLength] = NO_SPANS;
    numbers[to + RunNumber.headers] = record.headers.length;
    numbers[to + RunNumber.contentBytes] = contentBytes(record);
  }

  /** Returns the runs and begins anew, with room for about as many records. */
  take(): readonly RecordRun[] {
    const [drafts, { numbers, offsets, timestamps }, length] = [this.#drafts, this.#arrays, this.#length];
    const runs = drafts.map((draft, index) => {
      const end = drafts[index + 1]?.from ?? length;
      return new Run(draft, {
        numbers: numbers.subarray(draft.from * RUN_NUMBERS, end * RUN_NUMBERS),
        offsets: offsets.subarray(draft.from, end),
        timestamps: timestamps.subarray(draft.from, end),
      });
    });
    this.#drafts = [];
    this.#draft = undefined;
    this.#length = 0;
    // One short poll doesn't make the next long one grow step by step.
    if (length > 0) this.#arrays = arraysFor(Math.max(length, Math.ceil(offsets.length / 2), roomMin));
    return runs;
  }

  /** Continues the run if the memory is that of its last records: batches of an answer share theirs. */
  #enter(memory: RecordMemory): void {
    const draft = this.#draft;
    const before = draft?.memory;
    const isSame = before === undefined ||
      (before.bytes === memory.bytes && before.isAppended === memory.isAppended);
    if (draft === undefined || !isSame) this.#begin(memory);
    else draft.memory = memory;
  }

  #begin(memory: RecordMemory | undefined): Draft {
    const draft: Draft = { at: this.#at, from: this.#length, memory, objects: undefined };
    this.#drafts.push(draft);
    this.#draft = draft;
    return draft;
  }

  /** Makes room for a record and returns its index. */
  #next(): number {
    if (this.#length === this.#arrays.offsets.length) this.#grow();
    return this.#length++;
  }

  #grow(): void {
    const { numbers, offsets, timestamps } = this.#arrays;
    this.#arrays = arraysFor(2 * this.#length);
    this.#arrays.numbers.set(numbers);
    this.#arrays.offsets.set(offsets);
    this.#arrays.timestamps.set(timestamps);
  }
}

type RunArrays = Pick<RecordRun, "numbers" | "offsets" | "timestamps">;

function arraysFor(records: number): RunArrays {
  return {
    numbers: new Int32Array(records * RUN_NUMBERS),
    offsets: new Float64Array(records),
    timestamps: new Float64Array(records),
  };
}

class Run implements RecordRun {
  readonly at: TopicPartition;
  readonly numbers: Int32Array;
  readonly offsets: Float64Array;
  readonly timestamps: Float64Array;
  readonly #memory: RecordMemory;
  readonly #objects: ReadonlyMap<number, ConsumerRecord> | undefined;
  /** Index of its first record in the list. */
  readonly #from: number;

  constructor({ at, from, memory, objects }: Draft, { numbers, offsets, timestamps }: RunArrays) {
    this.at = at;
    this.numbers = numbers;
    this.offsets = offsets;
    this.timestamps = timestamps;
    this.#memory = memory ?? new RecordMemory({ ...at, appendTime: undefined }, nothing);
    this.#objects = objects;
    this.#from = from;
  }

  get count(): number {
    return this.offsets.length;
  }

  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  record(index: number): ConsumerRecord {
    const [offset, timestamp] = [this.offsets[index], this.timestamps[index]];
    if (offset === undefined || timestamp === undefined) {
      throw new RangeError(`Cannot make record ${index} of a run: it has ${this.count} records`);
    }
    return this.#objects?.get(this.#from + index) ??
      this.#memory.record(this.numbers, index * RUN_NUMBERS, BigInt(offset), timestamp);
  }
}

function contentBytes({ key, value, headers }: ConsumerRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += utf8BytesMax * header.key.length + (header.value?.length ?? 0);
  return bytes;
}
