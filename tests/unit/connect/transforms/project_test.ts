/** Projection: what is not named does not pass. */

import assert from "node:assert/strict";
import { ConfigException, DataException, JavaException } from "../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../../connect/api/schema.ts";
import { project } from "../../../../connect/transforms/project.ts";

function projected(include: string, value: ConnectValue): ConnectValue | undefined {
  return project.create({ include }).apply(ConnectRecord.of({ topic: "t", value }))?.value;
}

for (
  const [name, props] of Object.entries({
    "without include": {},
    "with an empty include": { include: "" },
    "with an empty entry": { include: "name,,phone" },
    "with a path that ends in a dot": { include: "customer." },
    "with a name that is empty": { include: "customer.name:" },
    "with two fields of one name": { include: "a.name,b.name" },
    "with a backtick that is never closed": { include: "`customer.name" },
  })
) {
  Deno.test(`projection ${name} is a configuration error, at validation and at creation`, () => {
    assert.notDeepEqual(project.config.validate(props).flatMap(({ errors }) => errors), []);
    assert.throws(() => project.create(props), ConfigException);
  });
}

Deno.test("nested fields get their own names, the others the last of their path", () => {
  const value = { customer: { name: "Ana", contact: { phone: "+55" } }, region: "SP", cpf: "x" };
  assert.deepEqual(projected("customer.name:buyer,customer.contact.phone,region", value), {
    buyer: "Ana",
    phone: "+55",
    region: "SP",
  });
});

Deno.test("a field that is not there is null, so that all rows have the same columns", () => {
  assert.deepEqual(projected("customer.name,region", { region: "SP" }), { name: null, region: "SP" });
  assert.deepEqual(projected("customer.name", { customer: null }), { name: null });
});

for (const found of [{ number: "+55", owner: "x" }, [{ number: "+55" }], [["+55", { owner: "x" }]]]) {
  Deno.test(`an object where a plain value was named is refused: ${JSON.stringify(found)}`, () => {
    assert.throws(
      () => projected("phone", { phone: found }),
      (error) =>
        error instanceof DataException && error.rule === "not_a_plain_value" && error.field === "phone",
    );
  });
}

Deno.test("lists of plain values pass", () => {
  assert.deepEqual(projected("tags", { tags: ["a", 1n, null] }), { tags: ["a", 1n, null] });
});

Deno.test("a value that is no map is refused without being quoted", () => {
  assert.throws(
    () => projected("name", "Ana +55 11"),
    (error) => error instanceof JavaException && !error.message.includes("Ana"),
  );
});

Deno.test("a tombstone passes as a true tombstone", () => {
  const record = ConnectRecord.of({ topic: "t", value: null, valueSchema: Schema.OPTIONAL_STRING });
  const result = project.create({ include: "name" }).apply(record);
  assert.equal(result?.value, null);
  assert.equal(result?.valueSchema, null);
});

Deno.test("with a schema, fields below others become optional and an unknown field is an error", () => {
  const customer = new Schema("struct", {
    optional: true,
    fields: [{ name: "name", schema: Schema.STRING }],
  });
  const schema = new Schema("struct", {
    fields: [{ name: "customer", schema: customer }, { name: "id", schema: Schema.INT64 }],
  });
  const record = ConnectRecord.of({
    topic: "t",
    valueSchema: schema,
    value: Struct.of(schema, { customer: null, id: 5n }),
  });
  const result = project.create({ include: "customer.name,id" }).apply(record);
  assert.equal(result?.valueSchema?.field("name")?.schema.optional, true);
  assert.deepEqual((result?.value as Struct).values, [null, 5n]);
  assert.throws(() => project.create({ include: "nope" }).apply(record), DataException);
});
