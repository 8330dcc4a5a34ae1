import assert from "node:assert/strict";
import { readArguments } from "../../../../cli/command.ts";
import { commands } from "../../../../cli/commands.ts";
import type { OfficersConnector } from "../../../../cli/governance/officer.ts";
import { subjectKeys } from "../../../../cli/governance/subject_keys.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { KeyedHash } from "../../../../connect/api/keyed_hash.ts";
import { postgresDatabase } from "../../../../sinks/postgres/postgres_database.ts";
import { readSinkSettings } from "../../../../sinks/sql/options/option_rules.ts";
import { wholeOf } from "../../../support/shipped_config.ts";

const secret = "a-secret-of-telesales-with-more-than-32-bytes";
const command = commands.find(({ name }) => name === "subject");
assert.ok(command !== undefined);
const args = readArguments(command, ["--connector", "telesales"]);

async function telesales(changes: Readonly<Record<string, string>>): Promise<OfficersConnector> {
  const filled = JSON.stringify(await wholeOf("telesales"))
    .replaceAll("${env:TELESALES_KEY_SECRET}", secret)
    .replaceAll("${env:optional:TELESALES_KEY_SECRET_PREVIOUS}", "")
    .replaceAll("${env:BANK2_URL}", "postgres://owner@127.0.0.1:1/bank2");
  const props = { ...JSON.parse(filled), ...changes, name: "telesales" };
  const sink = readSinkSettings(props);
  return { name: "telesales", written: props, props, worker: {}, sink, database: postgresDatabase };
}

const hashOf = (id: string) => new KeyedHash(secret, "key.secret").of(`v1:${id}`);
const form = "transforms.contact.customer.id.form";

for (const idForm of ["text", "integer"]) {
  Deno.test(`in the form ${idForm} a number is looked for under all spellings: rows may be older than the form`, async () => {
    const connector = await telesales({ [form]: idForm });
    const keys = await subjectKeys(connector, "12", { isExact: false, args });
    assert.deepEqual(keys[0]?.tombstone.key, { contact_key: hashOf("12") });
    const padded = keys.find(({ id }) => id === "012");
    assert.deepEqual(padded?.tombstone.key, { contact_key: hashOf("012") });
    assert.deepEqual(keys.filter(({ isGiven }) => isGiven).map(({ id }) => id), ["12"]);
  });
}

Deno.test("the given spelling and the canonical decimal are both the given id", async () => {
  const keys = await subjectKeys(await telesales({}), " 012", { isExact: false, args });
  assert.deepEqual(keys.filter(({ isGiven }) => isGiven).map(({ id }) => id), [" 012", "12"]);
});

Deno.test("exactly the given id, where that is asked for", async () => {
  const keys = await subjectKeys(await telesales({}), "12", { isExact: true, args });
  assert.deepEqual(keys.map(({ id }) => id), ["12"]);
});

Deno.test("spellings that the connector can't read are left out, the given id is refused", async () => {
  const connector = await telesales({
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "key.converter.schemas.enable": "false",
  });
  const keys = await subjectKeys(connector, "12", { isExact: false, args });
  const spellings = keys.map(({ id }) => id);
  assert.ok(spellings.includes(" 12") && spellings.includes('"12"'));
  assert.ok(!spellings.includes("+12"), "no JSON");
  await assert.rejects(
    subjectKeys(connector, "C-12", { isExact: false, args }),
    (error: Error) => error instanceof UsageError && /^Cannot look for a person: /.test(error.message),
  );
});
