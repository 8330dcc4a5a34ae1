/** Properties of all transformations, for any data. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { JavaException } from "../../../../connect/api/exceptions.ts";
import type { TransformationPlugin } from "../../../../connect/api/plugins.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../../connect/api/schema.ts";
import { dataOutcome } from "../../../../connect/converters/outcome_json.ts";
import { transformationPlugins } from "../../../../connect/transforms/mod.ts";
import { project } from "../../../../connect/transforms/project.ts";
import { isSchemalessMap } from "../../../../connect/transforms/parts/requirements.ts";
import { pseudonymize } from "../../../../connect/transforms/pseudonymize.ts";

const names = [
  "id",
  "name",
  "phone",
  "region",
  "customer",
  "op",
  "before",
  "after",
  "__proto__",
  "constructor",
];
const secret = "a secret of at least thirty-two bytes";

/** Options that make each transformation do something to data with these names. */
const options: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Cast: { spec: "id:string,region:boolean" },
  DropHeaders: { headers: "trace" },
  ExtractField: { field: "customer.name", "field.syntax.version": "V2" },
  ExtractNewRecordState: { "schemaless.envelopes": "true", "add.fields": "op", "add.headers": "op" },
  Filter: {},
  Flatten: { delimiter: "_" },
  HeaderFrom: { fields: "id,name", headers: "a,b", operation: "move" },
  HoistField: { field: "__proto__" },
  InsertField: { "topic.field": "__proto__", "static.field": "s", "static.value": "v" },
  InsertHeader: { header: "h", "value.literal": "[1,2]" },
  MaskField: { fields: "name,phone" },
  Project: { include: "customer.name:name,id" },
  Pseudonymize: { fields: "id", secret, "missing.fields": "ignore" },
  RegexRouter: { regex: "(.*)", replacement: "x-$1" },
  ReplaceField: { exclude: "phone", renames: "id:key" },
  SetSchemaMetadata: { "schema.name": "n" },
  TimestampConverter: { field: "id", "target.type": "string", format: "yyyy" },
  TimestampRouter: {},
  ValueToKey: { fields: "id,name" },
};

const scalar: fc.Arbitrary<ConnectValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.double({ noNaN: true }),
  fc.string(),
);
const json: fc.Arbitrary<ConnectValue> = fc.letrec<{ value: ConnectValue; map: ConnectValue }>((tie) => ({
  map: fc.array(fc.tuple(fc.constantFrom(...names), tie("value")), { maxLength: 6 }).map((entries) =>
    Object.fromEntries(entries)
  ),
  value: fc.oneof({ maxDepth: 3 }, scalar, tie("map"), fc.array(tie("value"), { maxLength: 3 })),
})).map;

const rowSchema = new Schema("struct", {
  name: "row",
  fields: [
    { name: "id", schema: Schema.INT64 },
    { name: "name", schema: new Schema("string", { optional: true, default: "nobody" }) },
    { name: "phone", schema: Schema.OPTIONAL_STRING },
    { name: "region", schema: Schema.OPTIONAL_BOOLEAN },
    {
      name: "customer",
      schema: new Schema("struct", { optional: true, fields: [{ name: "name", schema: Schema.STRING }] }),
    },
  ],
});
const customerSchema = rowSchema.field("customer")?.schema ?? rowSchema;
const struct: fc.Arbitrary<Struct> = fc.record({
  id: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  name: fc.option(fc.string()),
  phone: fc.option(fc.string()),
  region: fc.option(fc.boolean()),
  customer: fc.option(fc.string().map((name) => Struct.of(customerSchema, { name }))),
}).map((values) => Struct.of(rowSchema, values));

const record: fc.Arbitrary<ConnectRecord> = fc.oneof(
  fc.tuple(json, json).map(([key, value]) => ({ key, value })),
  fc.tuple(struct, struct).map(([key, value]) => ({
    key,
    keySchema: rowSchema,
    value,
    valueSchema: rowSchema,
  })),
).map((parts) =>
  ConnectRecord.of({
    topic: "t",
    timestamp: 1700000000123,
    headers: [{ key: "trace", schema: null, value: { id: 1n } }],
    ...parts,
  })
);

for (const plugin of transformationPlugins) {
  Deno.test(`${plugin.className} never changes its input`, () => {
    const transformation = plugin.create(optionsOf(plugin));
    fc.assert(fc.property(record, (input) => {
      const before = textOf(input);
      deepFreeze(input);
      try {
        transformation.apply(input);
      } catch (error) {
        assert.ok(error instanceof JavaException, `only Connect's exceptions leave it, not ${error}`);
      }
      assert.equal(textOf(input), before);
    }));
  });
}

Deno.test("projection lets no field through that is not named, without a schema", () => {
  const marked: fc.Arbitrary<ConnectValue> = fc.letrec<{ value: ConnectValue; map: ConnectValue }>((tie) => ({
    map: fc.array(fc.tuple(fc.constantFrom(...names), tie("value")), { maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant("SECRET"),
      tie("map"),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  })).map;
  const transformation = project.create({ include: "customer.name:name,region,`__proto__`:p" });
  fc.assert(fc.property(marked, (value) => {
    const open = { ...value as object, ...named(value) };
    const result = transformation.apply(ConnectRecord.of({ topic: "t", value: open }));
    assert.ok(result !== null);
    assert.ok(!textOf(result).includes("SECRET"), "nothing of the other fields is left");
    assert.deepEqual(Object.keys(result.value as object).sort(), ["name", "p", "region"]);
  }));
});

Deno.test("projection lets no field through that is not named, with a schema", () => {
  const transformation = project.create({ include: "customer.name:buyer,id" });
  fc.assert(fc.property(struct, (value) => {
    const result = transformation.apply(ConnectRecord.of({ topic: "t", valueSchema: rowSchema, value }));
    const projected = result?.value;
    assert.ok(projected instanceof Struct);
    assert.deepEqual(projected.schema.fields.map(({ name }) => name), ["buyer", "id"]);
    assert.equal(projected.get("id"), value.get("id"));
  }));
});

Deno.test("a pseudonym says nothing of the value and is the same for the same value", () => {
  const [, forValues] = pseudonymize;
  const transformation = forValues.create({ fields: "id", secret });
  const hashed = (id: ConnectValue) =>
    (transformation.apply(ConnectRecord.of({ topic: "t", value: { id } }))?.value as { id: string }).id;
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    assert.match(hashed(a), /^[0-9a-f]{64}$/);
    assert.equal(
      hashed(a) === hashed(b),
      a.isWellFormed() && b.isWellFormed() ? a === b : hashed(a) === hashed(b),
    );
  }));
});

function optionsOf(plugin: TransformationPlugin): Readonly<Record<string, string>> {
  const name = plugin.className.split(".").at(-1)?.split("$")[0] ?? "";
  const found = options[name];
  assert.ok(found !== undefined, `give ${name} options above`);
  return found;
}

/** The named fields hold values that are not marked, so that the mark can only come from others. */
function named(value: ConnectValue): Record<string, ConnectValue> {
  const map = value as Readonly<Record<string, ConnectValue>>;
  const customer = Object.hasOwn(map, "customer") ? map["customer"] : null;
  const holder = customer !== undefined && isSchemalessMap(customer) ? customer : {};
  return { customer: { ...holder, name: "open" }, region: "open", ["__proto__"]: "open" };
}

function textOf(record: ConnectRecord): string {
  return [
    record.topic,
    record.timestamp,
    dataOutcome(record.keySchema, record.key),
    dataOutcome(record.valueSchema, record.value),
    ...record.headers.map(({ key, schema, value }) => key + dataOutcome(schema, value)),
  ].join("\n");
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
