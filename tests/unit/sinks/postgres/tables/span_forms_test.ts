import assert from "node:assert/strict";
import fc from "fast-check";
import { Decimal } from "../../../../../connect/api/decimal.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";
import { SpanKind } from "../../../../../connect/api/spans.ts";
import type { PostgresColumn } from "../../../../../sinks/postgres/tables/catalog.ts";
import { type PostgresSpanForm, spanForm } from "../../../../../sinks/postgres/tables/span_forms.ts";
import {
  byteSpan,
  cellIn,
  cellOf,
  columnOf,
  doubleSpan,
  elementOf,
  elementOfCell,
  instantSpan,
  numberSpan,
  type SampleSpan,
  takes,
  textSpan,
  wordSpan,
} from "../../../../support/sinks/span_columns.ts";
import { sampledTypes, sampleKinds } from "../../../../support/sinks/type_samples.ts";

/** Columns of every form. A modifier of lengths counts four bytes more. */
const columns: Readonly<Record<string, PostgresColumn>> = {
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

function formOf(column: PostgresColumn | undefined): PostgresSpanForm {
  const form = column === undefined ? null : spanForm(column);
  assert.ok(form !== null, `${column?.carrier} has a form`);
  return form;
}

const digit = fc.constantFrom(..."0123456789");
const digits = (minLength: number, maxLength: number) => fc.string({ unit: digit, minLength, maxLength });
const whole = digits(1, 20).map((text) => text.replace(/^0+(?=\d)/, ""));
const sign = fc.constantFrom("", "", "-");
const exponent = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), digits(1, 3)).map((parts) =>
    parts.join("")
  ),
);
const fraction = fc.oneof(
  { weight: 3, arbitrary: digits(1, 20) },
  fc.tuple(fc.constantFrom("0", "00", "000000", "0000000"), digits(0, 5)).map((parts) => parts.join("")),
  digits(1, 3).map((text) => `${text}000`),
).filter((text) => text !== "");
const jsonNumber = fc.oneof(
  fc.tuple(sign, whole, fraction, exponent).map(([minus, before, after, rest]) =>
    `${minus}${before}.${after}${rest}`
  ),
  fc.tuple(sign, whole, exponent).map(([minus, before, rest]) =>
    `${minus}${before}${rest === "" ? "e0" : rest}`
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) =>
    /[.e]/.test(`${value}`) ? `${value}` : `${value}.0`
  ),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
).map((text) => numberSpan(text));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map(BigInt),
  fc.tuple(fc.constantFrom(15n, 16n, 31n, 32n, 53n, 62n, 63n), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, away, isNegative]) =>
      BigInt.asIntN(64, (isNegative ? -1n : 1n) * 2n ** power + BigInt(away))
    ),
);
const jsonInteger = int64.map((value) => {
  const text = String(value);
  return numberSpan(text.replace("-", "").length > 18 ? text.slice(0, 18) : text);
});

const two = digits(2, 2);
const day = fc.oneof(
  fc.tuple(digits(4, 6), two, two).map((parts) => parts.join("-")),
  fc.tuple(
    fc.integer({ min: 1, max: 300_000 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
  )
    .map(([year, ...rest]) =>
      [String(year).padStart(4, "0"), ...rest.map((part) => String(part).padStart(2, "0"))].join("-")
    ),
);
const clock = fc.tuple(
  fc.integer({ min: 0, max: 24 }),
  fc.integer({ min: 0, max: 61 }),
  fc.integer({ min: 0, max: 61 }),
  fc.oneof(fc.constant(""), digits(0, 8).map((text) => `.${text}`)),
).map(([hour, minute, second, rest]) =>
  [hour, minute, second].map((part) => String(part).padStart(2, "0")).join(":") + rest
);
const zone = fc.constantFrom(
  "",
  "Z",
  "Z",
  "+00:00",
  "-03:00",
  "+05:30",
  "-15:59",
  "+16:00",
  "-03",
  "+0530",
  " Z",
  "z",
);
const timeLike = fc.oneof(
  day,
  clock,
  fc.tuple(clock, zone).map((parts) => parts.join("")),
  fc.tuple(day, fc.constantFrom("T", " ", "t"), clock, zone).map((parts) => parts.join("")),
);
const hex = fc.constantFrom(..."0123456789abcdefABCDEF");
const uuidLike = fc.tuple(fc.string({ unit: hex, minLength: 32, maxLength: 32 }), fc.boolean()).map((
  [all, isPlain],
) => isPlain ? all.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : all);
const character = fc.constantFrom(
  "a",
  "B",
  "é",
  "😀",
  " ",
  '"',
  "\\",
  ",",
  "{",
  "NULL",
  "\0",
  "\u{feff}",
  "'",
);
const anyText = fc.oneof(
  fc.string({ unit: character, maxLength: 7 }),
  fc.string({ unit: "binary", maxLength: 40 }).filter((text) => text.isWellFormed()),
  timeLike,
  uuidLike,
  fc.tuple(sign, whole, fc.oneof(fc.constant(""), fraction.map((text) => `.${text}`))).map((parts) =>
    parts.join("")
  ),
);
/** The same text with one character changed, left out or put in. */
const damaged = fc.tuple(anyText, fc.nat(30), character, fc.nat(1)).map(([text, at, other, cut]) =>
  text.slice(0, at) + other + text.slice(at + cut)
).filter((text) => text.isWellFormed());
const micros = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(10n ** 15n), max: 4n * 10n ** 15n }),
  fc.integer({ min: -(10 ** 9), max: 2 * 10 ** 9 }).map((second) => BigInt(second) * 1_000_000n),
  fc.constantFrom(-62_135_596_800_000_000n, -62_135_596_800_000_001n, 8_640_000_000_000_000_000n),
);
const anySpan: fc.Arbitrary<SampleSpan> = fc.oneof(
  fc.constantFrom(
    wordSpan(SpanKind.null, 0n, null),
    wordSpan(SpanKind.true, 0n, true),
    wordSpan(SpanKind.false, 0n, false),
  ),
  { weight: 3, arbitrary: jsonInteger },
  { weight: 5, arbitrary: jsonNumber },
  { weight: 6, arbitrary: anyText.map((text) => textSpan(SpanKind.text, text, text)) },
  { weight: 2, arbitrary: damaged.map((text) => textSpan(SpanKind.text, text, text)) },
  fc.uint8Array({ maxLength: 40 }).map((bytes) => byteSpan(SpanKind.bytes, bytes, bytes)),
  { weight: 2, arbitrary: int64.map((value) => wordSpan(SpanKind.int64, value, value)) },
  { weight: 2, arbitrary: fc.oneof(fc.double(), fc.float()).map((value) => doubleSpan(value)) },
  { weight: 2, arbitrary: micros.map((value) => instantSpan(value)) },
);

const runs = 4_000;

for (const [name, column] of Object.entries(columns)) {
  Deno.test(`${name}: what is taken is sent as the cell of the same value`, () => {
    const form = formOf(column);
    fc.assert(
      fc.property(anySpan, (span) => {
        if (!takes(form, span)) return;
        const cell = cellOf(column, span.value);
        assert.ok(cell !== null, `encode refuses it`);
        assert.equal(cellIn(elementOf(form, span), form), cell);
      }),
      { numRuns: runs },
    );
  });

  Deno.test(`${name}: a cell's span is sent as the cell`, () => {
    const form = formOf(column);
    const check = (value: ConnectValue) => {
      const cell = cellOf(column, value);
      if (cell !== null) assert.equal(cellIn(elementOfCell(form, cell), form), cell);
    };
    fc.assert(fc.property(anySpan, ({ value }) => check(value)), { numRuns: runs });
    for (const { samples } of sampledTypes.flatMap(sampleKinds)) {
      for (const { value } of samples) check(value);
    }
    check(null);
    check("294276-12-31T23:59:59.999999Z");
    check("0001-01-01T00:00:00Z");
    check(new Decimal(2n ** 62n, 0));
  });

  Deno.test(`${name}: bytes that aren't of their kind are taken only as that kind's text, and nothing throws`, () => {
    const form = formOf(column);
    const kinds = [SpanKind.integer, SpanKind.number, SpanKind.absent, 99];
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE,}"\\N'), maxLength: 20 });
    fc.assert(
      fc.property(near, fc.constantFrom(...kinds), (text, kind) => {
        if (!takes(form, textSpan(kind, text, null))) return;
        assert.match(text, /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/);
        assert.ok(kind === SpanKind.integer || kind === SpanKind.number);
      }),
      { numRuns: runs },
    );
  });
}

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

/** What must go the fast way. */
const plain: Readonly<Record<string, readonly SampleSpan[]>> = {
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
  "numeric(5,2)": decimals,
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

Deno.test("plain values go as spans, and NULL for all columns", () => {
  assert.deepEqual(Object.keys(plain).sort(), Object.keys(columns).sort());
  for (const [name, column] of Object.entries(columns)) {
    const form = formOf(column);
    for (const span of [...plain[name] ?? [], wordSpan(SpanKind.null, 0n, null)]) {
      assert.ok(takes(form, span), `${name} ${Deno.inspect(span.value)}`);
      assert.equal(cellIn(elementOf(form, span), form), cellOf(column, span.value));
    }
  }
});

Deno.test("JSON, arrays and times with a zone go by objects", () => {
  const list = { elementType: "int4", isElementBuiltin: true, delimiter: "," };
  for (const type of ["json", "jsonb", "timetz"]) assert.equal(spanForm(columnOf(type)), null);
  assert.equal(spanForm(columnOf("_int4", list)), null);
  assert.equal(spanForm(columnOf("_mood", { ...list, isBuiltin: false, elementType: "mood" })), null);
});

Deno.test("a long text into a short column is taken once its characters fit, not its bytes", () => {
  const form = formOf(columns["varchar(3)"]);
  for (
    const [value, isTaken] of [["😀😀😀", true], ["😀😀😀😀", false], ["abcd", false], [
      "abc ",
      false,
    ]] as const
  ) {
    assert.equal(takes(form, text(value)), isTaken, value);
  }
  assert.equal(takes(formOf(columns["char(3)"]), text("a ")), false);
});
