/** A batch in columns, as the intake fills it and the sink reads it. @module */

import type { ConsumerRecord } from "../../api/ports.ts";
import type { SinkRecord, TopicPartition } from "../../api/record.ts";
import type { RecordRun } from "../../api/consumer_record.ts";
import { type ColumnBatch, IN_ARENA, SPAN_NUMBERS, SpanArena, type SpanColumn } from "../../api/spans.ts";

/** Records for which a new batch has room; it grows. */
const recordsFirst = 1024;
/** A larger arena isn't kept for the next batch: an odd record had that much text with escapes. */
const arenaBytesKept = 1024 * 1024;

/** Its memory serves one batch after another: `clear` makes it empty. */
export class SpanBatch implements ColumnBatch {
  arena = new SpanArena();
  #count = 0;
  #spans: Int32Array;
  #runs: RecordRun[] = [];
  readonly #sources: Uint8Array[] = [this.arena.bytes];
  /** Of each record: its run, and its place there. */
  #runOf = new Int32Array(recordsFirst);
  #placeOf = new Int32Array(recordsFirst);
  #isObject = new Uint8Array(recordsFirst);
  /** Records that were made, by their index. */
  readonly #made = new Map<number, SinkRecord>();

  /** @param convert converts and transforms a record, as the object way does; null if the chain drops it */
  constructor(
    readonly columns: readonly SpanColumn[],
    private readonly convert: (raw: ConsumerRecord) => SinkRecord | null,
  ) {
    this.#spans = new Int32Array(recordsFirst * this.#width);
  }

  get count(): number {
    return this.#count;
  }
  get spans(): Int32Array {
    return this.#spans;
  }
  get sources(): readonly Uint8Array[] {
    this.#sources[0] = this.arena.bytes;
    return this.#sources;
  }

  isObject(index: number): boolean {
    return this.#isObject[index] === 1;
  }
  originOf(index: number): TopicPartition {
    return this.#runAt(index).at;
  }
  offsetOf(index: number): number {
    return this.#runAt(index).offsets[this.#placeOf[index]!]!;
  }
  timestampOf(index: number): number {
    return this.#runAt(index).timestamps[this.#placeOf[index]!]!;
  }
  /** Returns the record as it was consumed. */
  original(index: number): ConsumerRecord {
    return this.#runAt(index).record(this.#placeOf[index]!);
  }
  /** Returns the record of this offset as it was consumed; undefined if there is none. */
  originalAt({ topic, partition }: TopicPartition, offset: bigint): ConsumerRecord | undefined {
    const number = Number(offset);
    for (let index = 0; index < this.#count; index++) {
      const { at } = this.#runAt(index);
      if (this.offsetOf(index) === number && at.partition === partition && at.topic === topic) {
        return this.original(index);
      }
    }
    return undefined;
  }

  record(index: number): SinkRecord {
    const known = this.#made.get(index);
    if (known !== undefined) return known;
    const made = this.convert(this.original(index));
    if (made === null) throw new Error("Cannot make a record again: the chain drops it now");
    this.#made.set(index, made);
    return made;
  }

  /** The records that follow are of this run. */
  begin(run: RecordRun): void {
    this.#runs.push(run);
    this.#sources.push(run.bytes);
  }

  /** Makes room for a record and returns where its spans begin. */
  room(): number {
    if (this.#count === this.#runOf.length) this.#grow();
    return this.#count * this.#width;
  }

  /** Adds the record at this place of the run; its spans are in the room. */
  add(place: number): void {
    const source = this.#runs.length << 8; // the arena is the source before the first run
    const from = this.#count * this.#width;
    for (let at = from; at < from + this.#width; at += SPAN_NUMBERS) {
      const kind = this.#spans[at]!;
      this.#spans[at] = (kind & IN_ARENA) === 0 ? kind | source : kind & ~IN_ARENA;
    }
    this.#isObject[this.#count] = 0;
    this.#place(place);
  }

  /** Adds a record that has no spans. */
  addObject(place: number, record: SinkRecord): void {
    this.room();
    this.#isObject[this.#count] = 1;
    this.#made.set(this.#count, record);
    this.#place(place);
  }

  /** Removes the records of some partitions. */
  drop(isGone: (at: TopicPartition) => boolean): void {
    const width = this.#width;
    const gone = this.#runs.map(({ at }) => isGone(at));
    let kept = 0;
    for (let index = 0; index < this.#count; index++) {
      const made = this.#made.get(index);
      this.#made.delete(index);
      if (gone[this.#runOf[index]!] === true) continue;
      this.#spans.copyWithin(kept * width, index * width, (index + 1) * width);
      this.#runOf[kept] = this.#runOf[index]!;
      this.#placeOf[kept] = this.#placeOf[index]!;
      this.#isObject[kept] = this.#isObject[index]!;
      if (made !== undefined) this.#made.set(kept, made);
      kept += 1;
    }
    this.#count = kept;
  }

  clear(): void {
    this.#count = 0;
    this.#runs = [];
    this.#sources.length = 1;
    this.#made.clear();
    if (this.arena.bytes.length > arenaBytesKept) this.arena = new SpanArena();
    else this.arena.cut();
  }

  get #width(): number {
    return this.columns.length * SPAN_NUMBERS;
  }

  #runAt(index: number): RecordRun {
    const run = index < this.#count ? this.#runs[this.#runOf[index]!] : undefined;
    if (run === undefined) throw new Error(`Cannot find record ${index} of a batch of ${this.#count}`);
    return run;
  }

  #place(place: number): void {
    this.#runOf[this.#count] = this.#runs.length - 1;
    this.#placeOf[this.#count] = place;
    this.#count += 1;
  }

  #grow(): void {
    const room = 2 * this.#runOf.length;
    this.#spans = copied(this.#spans, new Int32Array(room * this.#width));
    this.#runOf = copied(this.#runOf, new Int32Array(room));
    this.#placeOf = copied(this.#placeOf, new Int32Array(room));
    this.#isObject = copied(this.#isObject, new Uint8Array(room));
  }
}

function copied<A extends Int32Array | Uint8Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
