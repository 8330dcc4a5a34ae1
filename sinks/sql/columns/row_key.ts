import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { ColumnPlan } from "./column_plan.ts";
import type { ColumnRows } from "./column_rows.ts";
import type { KeyTable } from "./key_table.ts";

/** Digits of an integer of 64 bits, with its sign. */
const digitsMax = 20;
const lengthBytes = 4;
const [minus, zero] = [45, 48] as const;

/** Sets a row's key: the bytes of its one key column, else the lengths and bytes of all. */
export function putKey(keys: KeyTable, rows: ColumnRows, plan: ColumnPlan, row: number): void {
  const { cells, memory } = rows;
  const columns = plan.rows.keys.length;
  const at = rows.at(row);
  if (columns === 1 && (cells[at]! & 0xff) !== SpanKind.int64) {
    keys.set(row, cells[at]! >> 8, cells[at + 1]!, cells[at + 2]!);
    return;
  }
  const from = memory.arena.length;
  for (let column = 0; column < columns; column++) {
    if (columns === 1) addPart(rows, at);
    else addMeasuredPart(rows, at + column * SPAN_NUMBERS);
  }
  keys.set(row, memory.own, from, memory.arena.length - from);
}

function addMeasuredPart(rows: ColumnRows, span: number): void {
  const { arena } = rows.memory;
  const start = arena.take(lengthBytes);
  const from = arena.length;
  addPart(rows, span);
  const length = arena.length - from;
  for (let index = 0; index < lengthBytes; index++) {
    arena.bytes[start + index] = length >>> 8 * (lengthBytes - 1 - index);
  }
}

/** Adds a span's bytes to the arena; integers in binary as their text. */
function addPart({ cells, memory }: ColumnRows, span: number): void {
  const { arena } = memory;
  const [first, second] = [cells[span + 1]!, cells[span + 2]!];
  if ((cells[span]! & 0xff) === SpanKind.int64) {
    addDigits(wholeOf(first, second), arena);
    return;
  }
  const to = arena.take(second);
  const bytes = memory.of(cells[span]! >> 8); // perhaps the arena, which may have grown
  for (let index = 0; index < second; index++) arena.bytes[to + index] = bytes[first + index]!;
}

/** Of two halves: a number if it is exact. */
function wholeOf(high: number, low: number): number | bigint {
  const value = high * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) + BigInt(low >>> 0);
}

function addDigits(value: number | bigint, arena: ColumnRows["memory"]["arena"]): void {
  if (typeof value === "bigint") {
    arena.addText(value.toString());
    return;
  }
  const from = arena.take(digitsMax);
  const { bytes } = arena;
  let end = from;
  if (value < 0) bytes[end++] = minus;
  let rest = Math.abs(value);
  let size = 1;
  for (let power = 10; power <= rest; power *= 10) size++;
  for (let at = end + size - 1; at >= end; at--) {
    const tens = Math.floor(rest / 10);
    bytes[at] = zero + rest - tens * 10;
    rest = tens;
  }
  arena.cut(end + size);
}
