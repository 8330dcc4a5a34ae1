/** Rows by their key, in a table with open addressing. @module */

import type { ColumnMemory } from "./column_memory.ts";
import { roomFor } from "./column_memory.ts";

/** Rows for which a new table has room; it grows. */
const rowsFirst = 1024;
const [offsetBasis, prime] = [0x811c9dc5, 0x01000193];

/**
 * Finds rows with the same key, and puts rows in the order of their keys. Keys are bytes in memory.
 *
 * @example
 * ```ts
 * import { ColumnMemory } from "./column_memory.ts";
 * import { KeyTable } from "./key_table.ts";
 * const memory = new ColumnMemory();
 * memory.begin([new TextEncoder().encode("bab")]);
 * const table = new KeyTable(memory);
 * table.begin(3);
 * const found = [0, 1, 2].map((row) => {
 *   table.set(row, 0, row, 1);
 *   return table.put(row);
 * });
 * if (found.join() !== "-1,-1,0") throw new Error("row 2 has the key of row 0");
 * ```
 */
export class KeyTable {
  readonly #memory: ColumnMemory;
  #sources = new Int32Array(rowsFirst);
  #ats = new Int32Array(rowsFirst);
  #lengths = new Int32Array(rowsFirst);
  #hashes = new Int32Array(rowsFirst);
  /** Row + 1; 0 = free. At most half of them are used. */
  #slots = new Int32Array(2 * rowsFirst);
  #mask = 0;
  #slot = 0;
  /** Of each row in `sort`: four bytes of its key, and its index. */
  #heads = new Float64Array(rowsFirst);

  constructor(memory: ColumnMemory) {
    this.#memory = memory;
  }

  /** Starts with an empty table for this many rows. */
  begin(rows: number): void {
    this.#sources = roomFor(this.#sources, rows);
    this.#ats = roomFor(this.#ats, rows);
    this.#lengths = roomFor(this.#lengths, rows);
    this.#hashes = roomFor(this.#hashes, rows);
    let slots = 2;
    while (slots < 2 * rows) slots *= 2;
    this.#slots = roomFor(this.#slots, slots);
    this.#slots.fill(0, 0, slots);
    this.#mask = slots - 1;
  }

  /** Sets where a row's key is. */
  set(row: number, source: number, at: number, length: number): void {
    this.#sources[row] = source;
    this.#ats[row] = at;
    this.#lengths[row] = length;
    const bytes = this.#memory.of(source);
    let hash = offsetBasis;
    for (let index = at; index < at + length; index++) hash = Math.imul(hash ^ bytes[index]!, prime);
    this.#hashes[row] = hash ^ hash >>> 15;
  }

  /** Puts a row in its key's place, and returns the row that was there; -1 = none. */
  put(row: number): number {
    const slots = this.#slots;
    const hash = this.#hashes[row]!;
    let slot = hash & this.#mask;
    let found = slots[slot]! - 1;
    while (found >= 0 && !(this.#hashes[found] === hash && this.#isSame(found, row))) {
      slot = slot + 1 & this.#mask;
      found = slots[slot]! - 1;
    }
    slots[slot] = row + 1;
    this.#slot = slot;
    return found;
  }

  /** Replaces the row that was just put by another one of the same key. */
  replace(row: number): void {
    this.#slots[this.#slot] = row + 1;
  }

  /** Sorts rows by the bytes of their keys, the same way in each task. */
  sort(rows: Int32Array, count: number): void {
    const heads = this.#heads = roomFor(this.#heads, count);
    const skipped = this.#commonLength(rows, count);
    for (let index = 0; index < count; index++) heads[index] = this.#head(rows[index]!, skipped);
    const sorted = heads.subarray(0, count).sort();
    for (let index = 0; index < count; index++) rows[index] = sorted[index]! % rowsMax;
    for (let from = 0; from < count;) {
      const head = Math.floor(sorted[from]! / rowsMax);
      let to = from + 1;
      while (to < count && Math.floor(sorted[to]! / rowsMax) === head) to++;
      if (to - from > 1) this.#sortEqualHeads(rows, from, to);
      from = to;
    }
  }

  #sortEqualHeads(rows: Int32Array, from: number, to: number): void {
    if (to - from > fewRows) {
      rows.subarray(from, to).sort(this.#compare);
      return;
    }
    for (let index = from + 1; index < to; index++) {
      const row = rows[index]!;
      let place = index;
      for (; place > from && this.#compare(rows[place - 1]!, row) > 0; place--) {
        rows[place] = rows[place - 1]!;
      }
      rows[place] = row;
    }
  }

  /** Four bytes of the key and the row in one number, so that numbers are sorted instead of keys. */
  #head(row: number, skipped: number): number {
    const bytes = this.#memory.of(this.#sources[row]!);
    const [at, end] = [this.#ats[row]! + skipped, this.#ats[row]! + this.#lengths[row]!];
    let head = 0;
    for (let index = at; index < at + 4; index++) head = head * 256 + (index < end ? bytes[index]! : 0);
    return head * rowsMax + row;
  }

  /** How many bytes all keys begin with. */
  #commonLength(rows: Int32Array, count: number): number {
    const first = rows[0] ?? 0;
    const known = this.#memory.of(this.#sources[first]!);
    const knownAt = this.#ats[first]!;
    let length = count === 0 ? 0 : this.#lengths[first]!;
    for (let index = 1; index < count && length > 0; index++) {
      const row = rows[index]!;
      const bytes = this.#memory.of(this.#sources[row]!);
      const at = this.#ats[row]!;
      length = Math.min(length, this.#lengths[row]!);
      let same = 0;
      while (same < length && bytes[at + same] === known[knownAt + same]) same++;
      length = same;
    }
    return length;
  }

  #isSame(a: number, b: number): boolean {
    const length = this.#lengths[a]!;
    if (length !== this.#lengths[b]) return false;
    const [bytesA, bytesB] = [this.#memory.of(this.#sources[a]!), this.#memory.of(this.#sources[b]!)];
    const [atA, atB] = [this.#ats[a]!, this.#ats[b]!];
    for (let index = 0; index < length; index++) {
      if (bytesA[atA + index] !== bytesB[atB + index]) return false;
    }
    return true;
  }

  /** Equal keys stay in the order of their rows. */
  readonly #compare = (a: number, b: number): number => {
    const [lengthA, lengthB] = [this.#lengths[a]!, this.#lengths[b]!];
    const [bytesA, bytesB] = [this.#memory.of(this.#sources[a]!), this.#memory.of(this.#sources[b]!)];
    const [atA, atB] = [this.#ats[a]!, this.#ats[b]!];
    for (let index = 0; index < lengthA && index < lengthB; index++) {
      const difference = bytesA[atA + index]! - bytesB[atB + index]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB || a - b;
  };
}

/** Up to this many rows are sorted by insertion. */
const fewRows = 8;
/** So that four bytes and a row are a safe integer. */
const rowsMax = 2 ** 21;
