/** Columns for span forms, spans of values, and a reader of what a form writes. @module */

import type { ConnectValue } from "../../../connect/api/schema.ts";
import { SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import { type PostgresColumn, tableOf } from "../../../sinks/postgres/tables/catalog.ts";
import { quoted } from "../../../sinks/postgres/tables/cells.ts";
import type { TypeFacts } from "../../../sinks/postgres/tables/column_form.ts";
import type { PostgresSpanForm } from "../../../sinks/postgres/tables/span_forms.ts";
import { OutBuffer } from "../../../sinks/postgres/wire/out_buffer.ts";
import { dateText, timeText } from "../../../sinks/sql/plan/calendar.ts";
import { isoText } from "../../../sinks/sql/plan/instant.ts";
import { CellProblem } from "../../../sinks/sql/sql_failure.ts";

/** A span with the value that the object way has for it. */
export interface SampleSpan {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly length: number;
  readonly value: ConnectValue;
}

/** Returns a column of a type. */
export function columnOf(type: string, facts: Partial<TypeFacts> = {}): PostgresColumn {
  const table = tableOf({ schema: null, name: "t" }, [{
    ...{ schema: "public", table: "t", column: "c", type, cast: type, closed: null, isNullable: true },
    ...{ isChecked: false, isDeterministic: true, isUnicode: true, isBuiltin: true, isEnum: false },
    ...{ hasTextCast: false, modifier: null, elementType: null, isElementBuiltin: false, delimiter: null },
    ...facts,
  }]);
  const [column] = table.columns.values();
  if (column === undefined) throw new Error("Cannot test a column: the table has none");
  return column;
}

const encoder = new TextEncoder();
/** Around each span: a reader that goes too far reads digits. */
const margin = "1";

/** Returns a span of bytes, amid others. */
export function byteSpan(kind: number, bytes: Uint8Array, value: ConnectValue): SampleSpan {
  const around = new Uint8Array(bytes.length + 2 * margin.length).fill(margin.charCodeAt(0));
  around.set(bytes, margin.length);
  return { kind, bytes: around, at: margin.length, length: bytes.length, value };
}

export function textSpan(kind: number, text: string, value: ConnectValue): SampleSpan {
  return byteSpan(kind, encoder.encode(text), value);
}

/** Returns a JSON number's span. */
export function numberSpan(text: string): SampleSpan {
  return /[.eE]/.test(text)
    ? textSpan(SpanKind.number, text, Number(text) || 0)
    : textSpan(SpanKind.integer, text, BigInt(text));
}

/** Returns a span of a kind without bytes. */
export function wordSpan(kind: number, bits: bigint, value: ConnectValue): SampleSpan {
  const [at, length] = [Number(BigInt.asIntN(32, bits >> 32n)), Number(BigInt.asIntN(32, bits))];
  return { kind, bytes: new Uint8Array(), at, length, value };
}

export function doubleSpan(value: number): SampleSpan {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return wordSpan(SpanKind.double, view.getBigInt64(0), value);
}

/** Returns an instant's span; its value is a Date if it has whole milliseconds, else ISO 8601 text. */
export function instantSpan(micros: bigint): SampleSpan {
  const millis = micros / 1000n;
  const second = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const isMillis = millis * 1000n === micros;
  return wordSpan(
    SpanKind.instant,
    micros,
    isMillis ? new Date(Number(millis)) : isoText(Number(second), Number(micros - second * 1_000_000n)),
  );
}

/** Returns the cell of a value; null if the column refuses it. */
export function cellOf(column: PostgresColumn, value: ConnectValue): string | null {
  try {
    return column.encode(value, null);
  } catch (error) {
    if (error instanceof CellProblem) return null;
    throw error;
  }
}

export function takes(form: PostgresSpanForm, { bytes, kind, at, length }: SampleSpan): boolean {
  return form.takes(bytes, kind, at, length);
}

/** Returns the element that the form writes. */
export function elementOf(
  form: PostgresSpanForm,
  { bytes, kind, at, length }: Omit<SampleSpan, "value">,
): Uint8Array {
  const out = new OutBuffer(16);
  form.write(out, bytes, kind, at, length);
  return out.written().slice();
}

/** Returns the element that the form writes for a cell. */
export function elementOfCell(form: PostgresSpanForm, cell: string): Uint8Array {
  const [arena, spans] = [new SpanArena(4), new Int32Array(5)];
  arena.addText("before");
  form.spanOf(cell, spans, 1, arena);
  if (spans[0] !== 0 || spans[4] !== 0) throw new Error("Cannot use a span: its neighbors were written over");
  const [, kind = 0, at = 0, length = 0] = spans;
  return elementOf(form, { kind, at, length, bytes: arena.bytes });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const epoch = { days: 10_957, seconds: 946_684_800 };

/** Reads an element as the cell that has the same value. */
export function cellIn(element: Uint8Array, { format, elementOid }: PostgresSpanForm): string {
  if (format === 0) return decoder.decode(element);
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  const length = view.getInt32(0);
  if (length !== (length < 0 ? -1 : element.length - 4)) throw new Error("the length isn't the element's");
  if (length < 0) return "NULL";
  const content = element.subarray(4);
  const read = readers[elementOid];
  if (read === undefined) throw new Error(`Cannot read an element of type ${elementOid}`);
  return read(new DataView(content.buffer, content.byteOffset, content.byteLength), content);
}

const readers: Readonly<Record<number, (view: DataView, content: Uint8Array) => string>> = {
  16: (_, content) => content.join() === "1" ? "t" : content.join() === "0" ? "f" : "neither",
  17: (_, content) => `"\\\\x${content.toHex()}"`,
  20: (view) => String(view.getBigInt64(0)),
  21: (view) => String(view.getInt16(0)),
  23: (view) => String(view.getInt32(0)),
  25: (_, content) => quoted(decoder.decode(content)),
  700: (view) => floatText(view.getFloat32(0)),
  701: (view) => floatText(view.getFloat64(0)),
  1042: (_, content) => quoted(decoder.decode(content)),
  1082: (view) => `"${dateText(view.getInt32(0) + epoch.days)}"`,
  1083: (view) => `"${timeText(Number(view.getBigInt64(0)))}"`,
  1114: momentText,
  1184: momentText,
  2950: (_, content) =>
    content.toHex().replace(
      /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
      (_, ...parts) => parts.slice(0, 5).join("-"),
    ),
};

/** Shows a negative zero, which the database would keep. */
function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function momentText(view: DataView): string {
  const micros = view.getBigInt64(0);
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = Number((micros - rest) / 1_000_000n) + epoch.seconds;
  return `"${isoText(second, Number(rest))}"`;
}
