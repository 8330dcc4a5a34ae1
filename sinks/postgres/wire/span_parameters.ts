/** Parameters of statements that are sent by flights. @module */

import type { SpanForm, SpanRows } from "../../sql/dialect.ts";
import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { Parameter } from "./wire.ts";

/** How spans go into an element of a column's array. */
export interface PostgresSpanForm extends SpanForm {
  /** 0 = elements of an array literal, 1 = binary elements. */
  readonly format: 0 | 1;
  /** Of the element's type, for binary arrays. */
  readonly elementOid: number;
  /**
   * Writes one element. Binary: its length in four bytes and its bytes, or -1 for NULL. Text: as in an array literal,
   * for example `12.5`, `"a\"b"`, `NULL`.
   */
  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void;
}

export function textParameter(text: string): Parameter {
  return { format: 0, write: (out) => out.text(text) };
}

/** Returns the array of one column of the rows. (`array_recv` and `array_in` of PostgreSQL) */
export function columnParameter(
  form: PostgresSpanForm,
  rows: SpanRows,
  column: number,
  columns: number,
): Parameter {
  const write = form.format === 1 ? writeBinary : writeLiteral;
  return { format: form.format, write: (out) => write(out, form, rows, [column, columns]) };
}

const kindMask = 0xff;
const sourceShift = 8;
const noBytes = new Uint8Array();

type Place = readonly [column: number, columns: number];

function writeBinary(out: OutBuffer, form: PostgresSpanForm, rows: SpanRows, place: Place): void {
  out.int32(rows.count === 0 ? 0 : 1); // dimensions
  out.int32(hasNull(rows, place) ? 1 : 0);
  out.int32(form.elementOid);
  if (rows.count === 0) return;
  out.int32(rows.count);
  out.int32(1); // the first index
  const { spans, sources } = rows;
  const [column, columns] = place;
  for (let row = 0, at = column * SPAN_NUMBERS; row < rows.count; row++, at += columns * SPAN_NUMBERS) {
    const kind = spans[at] as number;
    const bytes = sources[kind >>> sourceShift] ?? noBytes;
    form.write(out, bytes, kind & kindMask, spans[at + 1] as number, spans[at + 2] as number);
  }
}

const [opening, comma, closing] = [0x7b, 0x2c, 0x7d];

function writeLiteral(out: OutBuffer, form: PostgresSpanForm, rows: SpanRows, place: Place): void {
  const { spans, sources } = rows;
  const [column, columns] = place;
  out.uint8(opening);
  for (let row = 0, at = column * SPAN_NUMBERS; row < rows.count; row++, at += columns * SPAN_NUMBERS) {
    if (row > 0) out.uint8(comma);
    const kind = spans[at] as number;
    const bytes = sources[kind >>> sourceShift] ?? noBytes;
    form.write(out, bytes, kind & kindMask, spans[at + 1] as number, spans[at + 2] as number);
  }
  out.uint8(closing);
}

function hasNull({ spans, count }: SpanRows, [column, columns]: Place): boolean {
  for (let row = 0, at = column * SPAN_NUMBERS; row < count; row++, at += columns * SPAN_NUMBERS) {
    if (((spans[at] as number) & kindMask) <= SpanKind.null) return true;
  }
  return false;
}
