import assert from "node:assert/strict";
import fc from "fast-check";
import { connectMap } from "../../../../connect/api/connect_map.ts";
import { Decimal } from "../../../../connect/api/decimal.ts";
import { DataException, SchemaBuilderException } from "../../../../connect/api/exceptions.ts";
import { dateOf, dayOf, millisOf, utcPartsOf } from "../../../../connect/java/date.ts";
import { floatOfDecimal } from "../../../../connect/java/float.ts";
import { doubleToString, floatToString, javaClassName } from "../../../../connect/java/text.ts";
import {
  dateFromLogical,
  decimalSchema,
  timeFromLogical,
  TIMESTAMP_SCHEMA,
} from "../../../../connect/api/logical_types.ts";
import { type ConnectValue, Schema, Struct } from "../../../../connect/api/schema.ts";
import { schemasEqual, valuesEqual } from "../../../../connect/api/schema_equality.ts";
import {
  checkedStruct,
  checkNewField,
  validateValue,
  withDefault,
} from "../../../../connect/api/validate.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** What `Double.toString` of OpenJDK 17 prints. */
const doubles: readonly (readonly [number, string])[] = [
  [1, "1.0"],
  [-0, "-0.0"],
  [0.001, "0.001"],
  [0.0001, "1.0E-4"],
  [9999999, "9999999.0"],
  [1e7, "1.0E7"],
  [123456789.125, "1.23456789125E8"],
  [5e-324, "4.9E-324"],
  [1.7976931348623157e308, "1.7976931348623157E308"],
  [2 ** 53, "9.007199254740992E15"],
  [-233700182802609630, "-2.33700182802609632E17"],
  [NaN, "NaN"],
  [-Infinity, "-Infinity"],
];

/** What `Float.toString` of OpenJDK 17 prints. */
const floats: readonly (readonly [number, string])[] = [
  [1.1, "1.1"],
  [16777216, "1.6777216E7"],
  [2 ** 31, "2.14748365E9"],
  [388313.625, "388313.62"],
  [2 ** -149, "1.4E-45"],
  [2 ** -126, "1.17549435E-38"],
  [3.4028234663852886e38, "3.4028235E38"],
];

Deno.test("doubles and floats print as Java prints them", () => {
  for (const [value, text] of doubles) assert.equal(doubleToString(value), text);
  for (const [value, text] of floats) assert.equal(floatToString(value), text);
});

Deno.test("the text of a number reads back as that number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => assert.equal(Number(doubleToString(value)), value)),
  );
  fc.assert(fc.property(fc.float({ noNaN: true }), (value) => {
    assert.equal(Math.fround(Number(floatToString(value))), value);
  }));
});

Deno.test("a decimal goes through bytes and through text unchanged", () => {
  const decimal = fc.tuple(fc.bigInt(), fc.integer({ min: -400, max: 400 })).map(([unscaled, scale]) =>
    new Decimal(unscaled, scale)
  );
  fc.assert(fc.property(decimal, (value) => {
    assert.ok(Decimal.fromBytes(value.toBytes(), value.scale).equals(value));
    assert.ok(Decimal.parse(value.toString())?.equals(value));
  }));
});

Deno.test("bytes of a decimal are as few as hold its sign", () => {
  for (
    const [unscaled, hex] of [[0n, "00"], [127n, "7f"], [128n, "0080"], [-128n, "80"], [-129n, "ff7f"], [
      -1n,
      "ff",
    ]] as const
  ) {
    assert.equal(new Decimal(unscaled, 0).toBytes().toHex(), hex);
  }
});

Deno.test("decimals read what Java's BigDecimal reads and nothing else", () => {
  for (const text of ["1", "+1", ".5", "1.", "1.5E+3", "\u0661.5"]) {
    assert.notEqual(Decimal.parse(text), null, text);
  }
  for (const text of ["", ".", "e5", "1e", " 1", "1_0", "0x1", "1e2147483648", "1e-2147483648", "NaN"]) {
    assert.equal(Decimal.parse(text), null, text);
  }
});

Deno.test("a huge exponent costs nothing", () => {
  const huge = Decimal.parse("1e2147483647");
  assert.deepEqual([huge?.fitsLong(), huge?.toLong(), huge?.toNumber()], [false, 0n, Infinity]);
  assert.equal(Decimal.parse("1e-2147483647")?.toLong(), 0n);
});

Deno.test("a float is rounded once, where going through a double would round twice", () => {
  const justAbove = Decimal.parse("16777217.0000000000001");
  assert.equal(justAbove?.toNumber(), 16777217);
  assert.equal(Math.fround(16777217), 16777216);
  assert.equal(justAbove === null ? 0 : floatOfDecimal(justAbove), 16777218);
});

Deno.test("dates keep every int64 of milliseconds, and the calendar is Java's", () => {
  fc.assert(fc.property(int64, (millis) => {
    assert.equal(millisOf(dateOf(millis)), millis);
    const { year, month, day, hour, minute, second, millisecond } = utcPartsOf(millis);
    const eraYear = millis < -62135769600000n ? 1n - year : year;
    const days = dayOf(eraYear, BigInt(month), BigInt(day));
    const ofDay = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
    assert.equal(days * 86_400_000n + BigInt(ofDay), millis);
  }));
  assert.deepEqual([utcPartsOf(-12219292800001n).day, utcPartsOf(-12219292800000n).day], [4, 15]);
});

Deno.test("a Date has no time of day and a Time no day", () => {
  assert.equal(dateFromLogical(new Date(Date.UTC(1969, 11, 31))), -1);
  assert.throws(() => dateFromLogical(new Date(1)), /should not have any time fields/);
  assert.equal(timeFromLogical(new Date(86_400_000)), 86_400_000);
  assert.throws(() => timeFromLogical(new Date(-1)), /should not have any date fields/);
});

const customer = new Schema("struct", { fields: [{ name: "name", schema: Schema.STRING }] });

const misfits: readonly (readonly [Schema, ConnectValue, string])[] = [
  [Schema.STRING, null, "Invalid value: null used for required value, schema type: STRING"],
  [Schema.INT64, 5, "Invalid Java object for schema with type INT64: class java.lang.Double for value"],
  [
    decimalSchema(2),
    1n,
    'Invalid Java object for schema "org.apache.kafka.connect.data.Decimal" with type BYTES: class java.lang.Long for value',
  ],
  [
    new Schema("array", { values: Schema.STRING }),
    ["a", null],
    "Invalid value: null used for required element of array value, schema type: STRING",
  ],
  [new Schema("array"), [1n], "No schema defined for element of array value"],
  [
    new Schema("map", { keys: Schema.STRING, values: Schema.INT64 }),
    new Map([["a", "b"]]),
    "Invalid Java object for schema with type INT64: class java.lang.String for value of map value",
  ],
  [customer, new Struct(customer.with({ name: "other" }), ["Ana"]), "Struct schemas do not match."],
  [
    customer,
    new Struct(customer, [null]),
    'Invalid value: null used for required field: "name", schema type: STRING',
  ],
];

for (const [schema, value, message] of misfits) {
  Deno.test(`validateValue() says: ${message}`, () => {
    assert.throws(() => validateValue(schema, value), { name: "DataException", connectText: message });
  });
}

Deno.test("only Connect's own text names the fields and schemas that come with the data", () => {
  const marker = "ana_lima";
  const named = new Schema("struct", { name: marker, fields: [{ name: marker, schema: Schema.STRING }] });
  const list = new Schema("struct", {
    fields: [{ name: marker, schema: new Schema("array", { values: Schema.STRING }) }],
  });
  const attempts = [
    () => validateValue(named, 5n),
    () => validateValue(named, new Struct(named, [null])),
    () => validateValue(named, new Struct(named, [5n])),
    () => validateValue(list, new Struct(list, [[5n]])),
    () => checkNewField(new Set([marker]), marker, Schema.STRING),
    () => checkNewField(new Set(), marker, null),
  ];
  for (const attempt of attempts) {
    assert.throws(attempt, (error) => {
      assert.ok(error instanceof DataException);
      assert.match(error.connectText, /ana_lima/);
      return !error.message.includes(marker);
    });
  }
});

Deno.test("what fits its schema is fine", () => {
  validateValue(Schema.OPTIONAL_STRING, null);
  validateValue(TIMESTAMP_SCHEMA, new Date());
  validateValue(new Schema("map", { keys: Schema.STRING, values: Schema.INT64 }), new Map([["a", 1n]]));
  assert.equal(checkedStruct(customer, ["Ana"]).get("name"), "Ana");
});

Deno.test("a default must fit, and a field must be new and named", () => {
  assert.equal(withDefault(Schema.INT32, 5).default, 5);
  assert.throws(() => withDefault(Schema.INT32, "5"), (error) => {
    assert.ok(error instanceof SchemaBuilderException && error.cause instanceof DataException);
    return error.message === "Invalid default value";
  });
  assert.throws(() => checkNewField(new Set(), "", Schema.INT32), /fieldName cannot be null/);
  assert.throws(() => checkNewField(new Set(["a"]), "a", Schema.INT32), {
    connectText: "Cannot create field because of field name duplication a",
  });
});

Deno.test("schemas and values are equal by content", () => {
  const a = new Schema("struct", {
    fields: [{ name: "a", schema: decimalSchema(2) }],
    parameters: new Map([["k", "v"]]),
  });
  const b = new Schema("struct", {
    fields: [{ name: "a", schema: decimalSchema(2) }],
    parameters: new Map([["k", "v"]]),
  });
  assert.ok(schemasEqual(a, b));
  assert.ok(!schemasEqual(a, b.with({ doc: "d" })));
  assert.ok(valuesEqual(new Struct(a, [new Decimal(1n, 2)]), new Struct(b, [new Decimal(1n, 2)])));
  assert.ok(!valuesEqual(new Decimal(10n, 1), new Decimal(100n, 2)));
  assert.ok(valuesEqual({ a: [new Uint8Array([1])] }, { a: [new Uint8Array([1])] }));
  assert.ok(!valuesEqual(1n, 1));
});

Deno.test("equal keys of any kind are one key, but bytes never", () => {
  const key = () => new Struct(customer, ["Ana"]);
  assert.equal(connectMap([[key(), 1n], [key(), 2n], [new Date(0), 3n], [new Date(0), 4n]]).size, 2);
  assert.equal(connectMap([[new Uint8Array([1]), 1n], [new Uint8Array([1]), 2n]]).size, 2);
});

Deno.test("class names are those of Connect's data", () => {
  assert.equal(javaClassName(5, Schema.INT8), "java.lang.Byte");
  assert.equal(javaClassName(5), "java.lang.Double");
  assert.equal(javaClassName({}), "java.util.HashMap");
  assert.equal(javaClassName([]), "java.util.ArrayList");
});
