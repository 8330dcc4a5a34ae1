/** Parameters of statements that are sent by flights. @module */

import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { SpanRows } from "../../sql/span_dialect.ts";
import type { PostgresSpanForm } from "../tables/span_form.ts";
import type { OutBuffer } from "./out_buffer.ts";
import type { Parameter } from "./wire.ts";

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
