/** A column of each form, and values of each that must go the fast way. @module */

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

/** Columns of every form. A modifier of lengths counts four bytes more. */
export const formColumns: Readonly<Record<string, PostgresColumn>> = {
  int2: columnOf("int2"),
  int4: columnOf("int4"),
  int8: columnOf("int8"),
  float4: columnOf("float4"),
  float8: columnOf("float8"),
  numeric: columnOf("numeric"),
  "numeric(5,2)": columnOf("numeric", { modifier: (5 << 16) + 2 + 4 }),
  bool: columnOf("bool"),
  bytea: columnOf("bytea"),
  uuid: columnOf("uuid"),
  text: columnOf("text"),
  varchar: columnOf("varchar"),
  "varchar(3)": columnOf("varchar", { modifier: 7 }),
  "char(3)": columnOf("bpchar", { modifier: 7 }),
  bpchar: columnOf("bpchar"),
  citext: columnOf("citext", { isBuiltin: false }),
  "an enum": columnOf("mood", { isBuiltin: false, isEnum: true }),
  inet: columnOf("inet"),
  "interval minute": columnOf("interval", { modifier: 134_283_263 }),
  regclass: columnOf("regclass", { hasTextCast: true }),
  timestamptz: columnOf("timestamptz"),
  "timestamptz(0)": columnOf("timestamptz", { modifier: 0 }),
  timestamp: columnOf("timestamp"),
  date: columnOf("date"),
  time: columnOf("time"),
};

const text = (text: string) => textSpan(SpanKind.text, text, text);
const words = ["Ana Clara Silva", "João 😀", "", 'a "b" \\c', "NULL", "+55 11 98765-4321"].map(text);
const integers = ["0", "7", "-7", "1048576123", "-123456789012", "999999999999999999"].map(numberSpan);
const smallIntegers = ["0", "7", "-7", "32767", "-32768"].map(numberSpan);
const decimals = ["19.9", "19.90", "5.0", "-23.5613", "0.05", "0.000001", "1234567.123"].map(numberSpan);
const moments = [
  ...["2026-11-23T03:05:27Z", "2026-11-23T03:05:27.123Z", "2026-11-23T03:05:27.123456Z"],
  ...[
    "2026-11-23T03:05:27+00:00",
    "2026-11-23T03:05:27.5-03:00",
    "2024-02-29T00:00:00Z",
    "1969-12-31T23:59:59.9Z",
  ],
].map(text);
const uuids = ["2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d", "2C5EA4C0-4067-11E9-8BAD-9B1DEB4D3B7D"].map(text);
const int64Samples = [0n, -1n, 2n ** 40n, 2n ** 63n - 1n, -(2n ** 63n)].map((value) =>
  wordSpan(SpanKind.int64, value, value)
);

/** By the column's name. */
export const plainSpans: Readonly<Record<string, readonly SampleSpan[]>> = {
  int2: [...smallIntegers, wordSpan(SpanKind.int64, -5n, -5n)],
  int4: [...smallIntegers, numberSpan("2147483647"), numberSpan("-2147483648")],
  int8: [...integers, ...int64Samples],
  float4: [...decimals, ...smallIntegers, ...[1.5, NaN, -Infinity, 0].map(doubleSpan)],
  float8: [
    ...[...decimals, ...integers, ...int64Samples, ...[1.5, NaN, -Infinity, -0, 5e-324].map(doubleSpan)],
    ...["0.30000000000000004", "-23.550520123456789", "1e-7", "1.5E+10", "1e300", "-0.0"].map(numberSpan),
  ],
  numeric: [
    ...decimals,
    ...integers,
    ...int64Samples,
    ...["19.90", "12345678901234567890.12", "-0.5"].map(text),
  ],
  "numeric(5,2)": ["19.9", "19.90", "5.0", "-23.5613", "0.005", "999.99"].map(numberSpan),
  bool: [true, false].map((value) => wordSpan(value ? SpanKind.true : SpanKind.false, 0n, value)),
  bytea: [new Uint8Array(), new Uint8Array([0, 92, 255])].map((bytes) =>
    byteSpan(SpanKind.bytes, bytes, bytes)
  ),
  uuid: uuids,
  text: [...words, ...moments, ...integers, ...int64Samples, ...decimals],
  varchar: words,
  "varchar(3)": [...["abc", "😀😀😀", "a  "].map(text), numberSpan("123"), numberSpan("1.50")],
  "char(3)": ["abc", "é", ""].map(text),
  bpchar: words,
  citext: words,
  "an enum": ["sad", "it's fine"].map(text),
  inet: [text("10.0.0.1")],
  "interval minute": [text("1"), numberSpan("1")],
  regclass: [text("pg_class")],
  timestamptz: [...moments, instantSpan(0n), instantSpan(-1n), instantSpan(1_767_225_600_123_456n)],
  "timestamptz(0)": moments,
  timestamp: moments,
  date: ["2026-11-23", "0001-01-01", "12026-02-28"].map(text),
  time: ["03:05:27", "23:59:59.999999", "24:00:00"].map(text),
};
