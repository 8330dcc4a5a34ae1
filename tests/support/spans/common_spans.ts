/** Common values of each form, for measurements. @module */

import { SpanKind } from "../../../connect/api/spans.ts";
import type { PostgresColumn } from "../../../sinks/postgres/tables/catalog.ts";
import {
  byteSpan,
  columnOf,
  doubleSpan,
  instantSpan,
  numberSpan,
  type SampleSpan,
  textSpan,
  wordSpan,
} from "./span_columns.ts";

interface CommonSpans {
  readonly name: string;
  readonly column: PostgresColumn;
  readonly spans: readonly SampleSpan[];
}

const count = 100;

function many(make: (index: number) => SampleSpan): readonly SampleSpan[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function text(text: string): SampleSpan {
  return textSpan(SpanKind.text, text, text);
}

function bytesOf(bytes: Uint8Array): SampleSpan {
  return byteSpan(SpanKind.bytes, bytes, bytes);
}

const moments = many((index) => text(new Date(1_767_225_600_000 + 7_654_321 * index).toISOString()));

export const commonSpans: readonly CommonSpans[] = [
  { name: "int4", column: columnOf("int4"), spans: many((index) => numberSpan(`${7919 * index}`)) },
  {
    name: "int8",
    column: columnOf("int8"),
    spans: many((index) => numberSpan(`${1_048_576_123 + 7919 * index}`)),
  },
  {
    name: "int8 of 18 digits",
    column: columnOf("int8"),
    spans: many((index) => numberSpan(`${912_345_678_901_234_567n - BigInt(index)}`)),
  },
  {
    name: "int8 from int64",
    column: columnOf("int8"),
    spans: many((index) => wordSpan(SpanKind.int64, 2n ** 40n + BigInt(index), 2n ** 40n + BigInt(index))),
  },
  { name: "float4", column: columnOf("float4"), spans: many((index) => numberSpan(`${index}.25`)) },
  {
    name: "float8",
    column: columnOf("float8"),
    spans: many((index) => numberSpan(`-23.${500_000 + index}`)),
  },
  { name: "float8 from double", column: columnOf("float8"), spans: many((index) => doubleSpan(index / 7)) },
  { name: "numeric", column: columnOf("numeric"), spans: many((index) => numberSpan(`${1000 + index}.90`)) },
  {
    name: "bool",
    column: columnOf("bool"),
    spans: many((index) => wordSpan(index % 2 === 0 ? SpanKind.true : SpanKind.false, 0n, index % 2 === 0)),
  },
  {
    name: "bytea of 16",
    column: columnOf("bytea"),
    spans: many((index) => bytesOf(new Uint8Array(16).fill(index))),
  },
  {
    name: "uuid",
    column: columnOf("uuid"),
    spans: many((index) => text(`2c5ea4c0-4067-11e9-8bad-${String(index).padStart(12, "0")}`)),
  },
  {
    name: "text of 16",
    column: columnOf("text"),
    spans: many((index) => text(`Ana Clara da S${10 + index % 90}`)),
  },
  {
    name: "varchar(10), of 12 bytes",
    column: columnOf("varchar", { modifier: 14 }),
    spans: many((index) => text(`São João${10 + index % 90}`)),
  },
  {
    name: "text from int64",
    column: columnOf("text"),
    spans: many((index) => wordSpan(SpanKind.int64, 2n ** 40n + BigInt(index), 2n ** 40n + BigInt(index))),
  },
  {
    name: "an enum",
    column: columnOf("mood", { isBuiltin: false, isEnum: true }),
    spans: many(() => text("delivered")),
  },
  { name: "timestamptz", column: columnOf("timestamptz"), spans: moments },
  {
    name: "timestamptz from instant",
    column: columnOf("timestamptz"),
    spans: many((index) => instantSpan(1_767_225_600_123_456n + BigInt(index))),
  },
  { name: "timestamp", column: columnOf("timestamp"), spans: moments },
  { name: "date", column: columnOf("date"), spans: many((index) => text(`2026-11-${10 + index % 20}`)) },
  { name: "time", column: columnOf("time"), spans: many((index) => text(`03:05:${10 + index % 50}`)) },
];
