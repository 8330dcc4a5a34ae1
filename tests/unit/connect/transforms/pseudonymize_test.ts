/** Pseudonyms: keyed, stable, and never the value itself. */

import assert from "node:assert/strict";
import { ConfigException, DataException } from "../../../../connect/api/exceptions.ts";
import { KeyedHash } from "../../../../connect/api/keyed_hash.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../../connect/api/schema.ts";
import { pseudonymize } from "../../../../connect/transforms/pseudonymize.ts";

const secret = "a secret of at least thirty-two bytes";
const [forKeys, forValues] = pseudonymize;

function hashed(value: ConnectValue, props: Readonly<Record<string, string>> = {}): ConnectValue | undefined {
  const transformation = forValues.create({ fields: "id", secret, ...props });
  return transformation.apply(ConnectRecord.of({ topic: "t", value }))?.value;
}

Deno.test("a pseudonym is the hash of contact keys, in hexadecimal digits", () => {
  const expected = new KeyedHash(secret, "secret").of("v1:17").toHex();
  assert.deepEqual(hashed({ id: 17n, region: "SP" }), { id: expected, region: "SP" });
  assert.deepEqual(hashed({ id: "17" }), { id: expected });
});

Deno.test("another secret gives other pseudonyms", () => {
  assert.notDeepEqual(hashed({ id: 17n }), hashed({ id: 17n }, { secret: `${secret}!` }));
});

Deno.test("a key that is plain text is hashed as a whole where no fields are named", () => {
  const result = forKeys.create({ secret }).apply(
    ConnectRecord.of({ topic: "t", keySchema: Schema.STRING, key: "17", value: { id: 17n } }),
  );
  assert.equal(result?.key, new KeyedHash(secret, "secret").of("v1:17").toHex());
  assert.equal(result?.keySchema, Schema.STRING);
  assert.deepEqual(result?.value, { id: 17n });
});

Deno.test("with a schema the field becomes text and stays optional or required", () => {
  const schema = new Schema("struct", {
    name: "row",
    fields: [{ name: "id", schema: Schema.OPTIONAL_INT64 }, { name: "region", schema: Schema.STRING }],
  });
  const record = ConnectRecord.of({
    topic: "t",
    valueSchema: schema,
    value: Struct.of(schema, { id: null, region: "SP" }),
  });
  const result = forValues.create({ fields: "id", secret }).apply(record);
  assert.equal(result?.valueSchema?.name, "row");
  assert.equal(result?.valueSchema?.field("id")?.schema, Schema.OPTIONAL_STRING);
  assert.deepEqual((result?.value as Struct).values, [null, "SP"]);
});

Deno.test("a field that is not there is an error unless that is asked for", () => {
  assert.throws(
    () => hashed({ document: "123" }),
    (error) => error instanceof DataException && error.rule === "field_missing" && error.field === "id",
  );
  assert.deepEqual(hashed({ document: "123" }, { "missing.fields": "ignore" }), { document: "123" });
});

for (const value of [1.5, true, ["17"], { id: "17" }]) {
  Deno.test(`${JSON.stringify(value)} has no pseudonym, and the error doesn't quote it`, () => {
    assert.throws(
      () => hashed({ id: value }),
      (error) => error instanceof DataException && !error.message.includes("17") && error.field === "id",
    );
  });
}

Deno.test("a secret that is missing or short is a configuration error that doesn't show it", () => {
  const errors = (props: Readonly<Record<string, string>>) =>
    forValues.config.validate(props).flatMap((value) => value.errors).join();
  assert.match(errors({ fields: "id" }), /Missing required configuration "secret"/);
  assert.match(errors({ fields: "id", secret: "short-secret" }), /at least 32 bytes/);
  assert.doesNotMatch(errors({ fields: "id", secret: "short-secret" }), /short-secret/);
  assert.throws(() => forValues.create({ fields: "id", secret: "short-secret" }), ConfigException);
});
