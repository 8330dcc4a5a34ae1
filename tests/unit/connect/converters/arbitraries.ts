/** Random data for the property tests of converters. @module */

import fc from "fast-check";
import { Decimal } from "../../../../connect/api/decimal.ts";
import {
  DATE_SCHEMA,
  decimalSchema,
  TIME_SCHEMA,
  TIMESTAMP_SCHEMA,
} from "../../../../connect/api/logical_types.ts";
import {
  type ConnectValue,
  Schema,
  type SchemaAndValue,
  type SchemaOptions,
  Struct,
} from "../../../../connect/api/schema.ts";

const nestingMax = 3;
const dayMillis = 86_400_000;

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** JSON has one zero, so -0 would come back as 0. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value === 0 ? 0 : value);

/** Schemaless data as JSON can hold it: null, booleans, text, int64, doubles, lists and objects of these. */
export const schemalessValue: fc.Arbitrary<ConnectValue> = fc.letrec<{ value: ConnectValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: nestingMax, depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    text,
    int64,
    fc.integer().map(BigInt),
    double,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "constructor", "1")), tie("value"), {
      maxKeys: 4,
    })
      .map((object) => ({ ...object })),
  ),
})).value;

const integer = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const typed = (schema: Schema, value: fc.Arbitrary<ConnectValue>) =>
  value.map((found) => ({ schema, value: found }));

const scalar: fc.Arbitrary<SchemaAndValue> = fc.oneof(
  typed(Schema.INT8, integer(8)),
  typed(Schema.INT16, integer(16)),
  typed(Schema.INT32, integer(32)),
  typed(Schema.INT64, int64),
  typed(
    Schema.FLOAT32,
    fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value === 0 ? 0 : value),
  ),
  typed(Schema.FLOAT64, double),
  typed(Schema.BOOLEAN, fc.boolean()),
  typed(Schema.STRING, text),
  typed(Schema.BYTES, fc.uint8Array({ maxLength: 8 })),
  typed(DATE_SCHEMA, integer(32).map((days) => new Date(days % 100_000_000 * dayMillis))),
  typed(TIME_SCHEMA, fc.integer({ min: 0, max: dayMillis }).map((millis) => new Date(millis))),
  typed(TIMESTAMP_SCHEMA, fc.date({ noInvalidDate: true })),
  typed(
    decimalSchema(2),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((units) => new Decimal(units, 2)),
  ),
);

/** A schema and data that fits it: all types, logical types, optional fields, names, docs and parameters. */
export const schemaAndValue: fc.Arbitrary<SchemaAndValue> = nested(nestingMax);

function nested(depth: number): fc.Arbitrary<SchemaAndValue> {
  if (depth === 0) return attributes(scalar);
  const inner = nested(depth - 1);
  const list = inner.map(({ schema, value }) => ({
    schema: new Schema("array", { values: schema }),
    value: [value],
  }));
  const map = fc.tuple(text, inner).map(([key, { schema, value }]) => ({
    schema: new Schema("map", { keys: Schema.STRING, values: schema }),
    value: new Map([[key, value]]),
  }));
  const pairs = fc.tuple(attributes(scalar), inner).map(([key, { schema, value }]) => ({
    schema: new Schema("map", { keys: key.schema, values: schema }),
    value: new Map([[key.value, value]]),
  })).filter(({ schema }) => schema.keySchema?.type !== "string");
  const struct = fc.uniqueArray(fc.tuple(text.filter((name) => name !== ""), inner), {
    maxLength: 4,
    selector: ([name]) => name,
  }).map(structOf);
  return attributes(fc.oneof(scalar, list, map, pairs, struct));
}

function structOf(members: readonly (readonly [string, SchemaAndValue])[]): SchemaAndValue {
  const fields = members.map(([name, { schema }]) => ({ name, schema: schema as Schema }));
  const schema = new Schema("struct", { fields });
  return { schema, value: new Struct(schema, members.map(([, { value }]) => value)) };
}

function attributes(of: fc.Arbitrary<SchemaAndValue>): fc.Arbitrary<SchemaAndValue> {
  const extras = fc.record<SchemaOptions>({
    optional: fc.boolean(),
    version: fc.option(integer(32)),
    doc: fc.option(text),
  }, { requiredKeys: [] });
  return fc.tuple(of, extras, fc.boolean()).map(([{ schema, value }, changes, absent]) => {
    if (schema === null) return { schema, value };
    const changed = schema.with({ ...changes, version: schema.version ?? changes.version ?? null });
    if (value instanceof Struct) return { schema: changed, value: new Struct(changed, value.values) };
    return { schema: changed, value: absent && changed.optional ? null : value };
  });
}
