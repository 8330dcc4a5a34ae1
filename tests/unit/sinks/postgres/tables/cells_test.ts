import assert from "node:assert/strict";
import { Decimal } from "../../../../../connect/api/decimal.ts";
import { type ConnectValue, LOGICAL_NAME, Schema } from "../../../../../connect/api/schema.ts";
import {
  arrayEncoder,
  type CellEncoder,
  encodeDouble,
  encodeNumeric,
  encodeReal,
  encodeUuid,
  integerEncoder,
  paddedEncoder,
  textEncoder,
} from "../../../../../sinks/postgres/tables/cells.ts";
import {
  encodeDate,
  encodeMoment,
  encodeTime,
  encodeZonedTime,
} from "../../../../../sinks/postgres/tables/time_cells.ts";
import { CellProblem } from "../../../../../sinks/sql/sql_failure.ts";

type Value = Exclude<ConnectValue, null>;

function refused(encode: CellEncoder, value: Value, schema: Schema | null = null): string {
  try {
    return `written as ${encode(value, schema)}`;
  } catch (error) {
    assert.ok(error instanceof CellProblem, String(error));
    return error.rule;
  }
}

function sameCell(encode: CellEncoder, cell: string, ...values: readonly Value[]): void {
  for (const value of values) assert.equal(encode(value, null), cell, Deno.inspect(value));
}

Deno.test("equal numbers are one cell", () => {
  sameCell(integerEncoder(64), "17", 17n, 17, "17", "+017", new Decimal(1700n, 2));
  sameCell(encodeNumeric, "1.5", 1.5, "1.50", "+01.5", "15e-1", new Decimal(1500n, 3));
  sameCell(encodeNumeric, "0", 0n, -0, "-0.00", "0e9", new Decimal(0n, 5));
  sameCell(encodeNumeric, "-100", -100n, "-1e2", new Decimal(-1n, -2));
  sameCell(encodeDouble, "0", 0, -0, 0n, new Decimal(0n, 3));
  sameCell(encodeDouble, "9007199254740992", 2 ** 53, 2n ** 53n + 1n, new Decimal(2n ** 53n, 0));
  sameCell(encodeReal, "0.10000000149011612", 0.1, new Decimal(1n, 1));
});

Deno.test("a number that doesn't fit is out of range, neither infinite nor 0", () => {
  for (const value of [1e39, 1e-50, 2n ** 200n, new Decimal(1n, 60), new Decimal(1n, -60)]) {
    assert.equal(refused(encodeReal, value), "out_of_range");
  }
  for (const value of [2n ** 2000n, new Decimal(1n, 400), new Decimal(1n, -400)]) {
    assert.equal(refused(encodeDouble, value), "out_of_range");
  }
  assert.equal(encodeReal(Infinity, null), "Infinity");
  assert.equal(encodeDouble(NaN, null), "NaN");
});

Deno.test("a decimal just above the middle of two floats becomes the upper one", () => {
  assert.equal(encodeReal(2n ** 60n + 2n ** 36n + 1n, null), String(2 ** 60 + 2 ** 37));
});

Deno.test("a FLOAT32 is written by its own shortest text", () => {
  const real = Math.fround(0.1);
  for (const encode of [encodeNumeric, encodeDouble]) assert.equal(encode(real, Schema.FLOAT32), "0.1");
  assert.equal(textEncoder(null)(real, Schema.FLOAT32), '"0.1"');
  assert.equal(textEncoder(null)(real, Schema.FLOAT64), '"0.10000000149011612"');
});

Deno.test("a UUID is lower case with hyphens, in whichever spelling it came", () => {
  const uuid = "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d";
  sameCell(encodeUuid, uuid, uuid, uuid.toUpperCase(), `{${uuid}}`, uuid.replaceAll("-", ""));
  for (
    const wrong of ["", "no uuid", `${uuid}}`, `{${uuid}`, ` ${uuid}`, `${uuid}-`, 17n, new Uint8Array(16)]
  ) {
    assert.equal(refused(encodeUuid, wrong), "wrong_type");
  }
});

Deno.test("equal moments are one cell", () => {
  const spellings = ["2026-11-23T03:05:27Z", "2026-11-23 03:05:27.000000+00", "2026-11-23T05:05:27.0+02:00"];
  sameCell(encodeMoment, '"2026-11-23T03:05:27.000Z"', ...spellings, new Date("2026-11-23T03:05:27Z"));
  sameCell(
    encodeMoment,
    '"2026-11-23T03:05:27.123456Z"',
    "2026-11-23T03:05:27.123456Z",
    "2026-11-23T03:05:27.1234561Z",
  );
  sameCell(
    encodeMoment,
    '"2026-11-23T00:00:00.000Z"',
    "2026-11-23",
    "2026-11-22T24:00Z",
    "2026-11-22T23:59:60Z",
  );
  sameCell(encodeMoment, '"12026-01-01T00:00:00.000Z"', "012026-01-01", new Date(Date.UTC(12026, 0, 1)));
  sameCell(encodeDate, '"2026-11-23"', "2026-11-23", "002026-11-23", new Date("2026-11-23T23:59:59Z"));
  sameCell(
    encodeTime,
    '"03:05:00.000"',
    "03:05",
    "03:05:00",
    "03:05:00.000000",
    "03:05+02",
    new Date(11_100_000),
  );
  sameCell(encodeZonedTime, '"03:05:00.000-03:30"', "03:05-0330", "03:05:00.000-03:30");
  sameCell(encodeZonedTime, '"03:05:00.000+00:00"', "03:05", "03:05Z", "03:05+00", "03:05-00");
});

Deno.test("days and times that don't exist are out of range", () => {
  const moments = ["2026-02-29", "2026-13-01", "0000-01-01", "2026-01-01T24:00:01Z", "2026-01-01T00:00+16"];
  for (const text of [...moments, "294277-01-01", "0001-01-01T00:00+01"]) {
    assert.equal(refused(encodeMoment, text), "out_of_range", text);
  }
  assert.equal(refused(encodeDate, "2100-02-29"), "out_of_range");
  for (const text of ["24:00:01", "12:60", "23:59:61"]) {
    assert.equal(refused(encodeTime, text), "out_of_range", text);
  }
});

Deno.test("a date is no time of day, and a time no date", () => {
  const [date, time] = [LOGICAL_NAME.date, LOGICAL_NAME.time].map((name) => new Schema("int32", { name }));
  const midnight = new Date(0);
  assert.equal(refused(encodeTime, midnight, date), "wrong_type");
  assert.equal(refused(encodeZonedTime, midnight, date), "wrong_type");
  assert.equal(refused(encodeDate, midnight, time), "wrong_type");
  assert.equal(refused(encodeMoment, midnight, time), "wrong_type");
  assert.equal(encodeTime(midnight, time ?? null), '"00:00:00.000"');
});

Deno.test("blanks at the end are cut where SQL cuts them, other text never", () => {
  assert.equal(textEncoder(5)("Ana     ", null), '"Ana  "');
  assert.equal(textEncoder(5)("😀😀😀😀😀 ", null), '"😀😀😀😀😀"');
  assert.equal(paddedEncoder(5)("Ana ", null), '"Ana"');
  assert.equal(refused(textEncoder(5), "Ana B."), "text_too_long");
  assert.equal(refused(textEncoder(2), 123n), "text_too_long");
  assert.equal(refused(paddedEncoder(3), "Ana B"), "text_too_long");
});

Deno.test("borders of long values are found in a time that grows with their length", () => {
  const blanks = " ".repeat(1_000_000);
  assert.equal(refused(textEncoder(3), `${blanks}x`), "text_too_long");
  assert.equal(encodeNumeric("1e-16383", null), `0.${"0".repeat(16_382)}1`);
  assert.equal(refused(encodeNumeric, "9".repeat(1_000_000)), "out_of_range");
});

Deno.test("lists in a list are dimensions, unless the element's type takes lists", () => {
  const dimensions = arrayEncoder({ element: integerEncoder(32), delimiter: ",", takesLists: false });
  assert.equal(dimensions([[1n, null], [2n]], null), '"{{1,NULL},{2}}"');
  const boxes = arrayEncoder({ element: textEncoder(null), delimiter: ";", takesLists: false });
  assert.equal(boxes(["a", "b"], null), '"{\\"a\\";\\"b\\"}"');
  const lists = arrayEncoder({
    element: (value) => String(Array.isArray(value)),
    delimiter: ",",
    takesLists: true,
  });
  assert.equal(lists([[1n], 2n], null), '"{true,false}"');
});

Deno.test("a list has at most six dimensions, as in PostgreSQL", () => {
  const numbers = arrayEncoder({ element: integerEncoder(32), delimiter: ",", takesLists: false });
  const nested = (depth: number): Value => {
    let list: Value = 1n;
    for (let level = 0; level < depth; level++) list = [list];
    return list;
  };
  assert.equal(numbers(nested(6), null), '"{{{{{{1}}}}}}"');
  for (const depth of [7, 100_000]) assert.equal(refused(numbers, nested(depth)), "out_of_range");
});

Deno.test("elements get the schema of the list's values", () => {
  const seen: (Schema | null)[] = [];
  const encode = arrayEncoder({
    element: (_, schema) => {
      seen.push(schema);
      return "x";
    },
    delimiter: ",",
    takesLists: false,
  });
  const list = new Schema("array", { values: new Schema("array", { values: Schema.STRING }) });
  encode([["a"], ["b"]], list);
  encode(["c"], null);
  assert.deepEqual(seen, [Schema.STRING, Schema.STRING, null]);
});
