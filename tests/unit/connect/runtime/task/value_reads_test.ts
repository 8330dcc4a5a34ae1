/** Fields are left unread only if nothing downstream can notice. */

import assert from "node:assert/strict";
import { valueReads } from "../../../../../connect/runtime/task/task_pipeline.ts";
import { postgresSink } from "../../../../../sinks/postgres/postgres_sink.ts";
import { builtInPlugins } from "../../../../support/plugin_registry.ts";

const transforms = "org.apache.kafka.connect.transforms.";
const sink = { "connection.url": "postgres://db/bank2", "insert.mode": "upsert", "pk.fields": "id" };
const keyOfValue = { ...sink, "pk.mode": "record_value" };

/** The paths, with dots; null = everything. */
function readsOf(props: Readonly<Record<string, string>>): readonly string[] | null {
  const reads = valueReads(props, builtInPlugins, postgresSink);
  return reads?.map((path) => path.join(".")) ?? null;
}

function chain(...stages: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const options = stages.flatMap((stage, index) =>
    Object.entries(stage).map(([name, value]) => [`transforms.s${index}.${name}`, value] as const)
  );
  return { transforms: stages.map((_, index) => `s${index}`).join(), ...Object.fromEntries(options) };
}

const keep = { type: `${transforms}ReplaceField$Value`, include: "name,phone,cpf", exclude: "cpf" };

Deno.test("an allow-list in the chain ends it, and what comes before adds what it reads", () => {
  const key = { type: `${transforms}ValueToKey`, fields: "id" };
  const route = { type: `${transforms}RegexRouter`, regex: ".*", replacement: "t" };
  assert.deepEqual(readsOf({ ...sink, ...chain(route, key, keep) }), ["id", "name", "phone"]);
});

Deno.test("nested allow-lists name nested fields", () => {
  const project = { type: "sluice.transforms.Project$Value", include: "customer.name:buyer,region" };
  assert.deepEqual(readsOf({ ...sink, ...chain(project) }), ["customer.name", "region"]);
  const extract = { type: `${transforms}ExtractField$Value`, field: "a.b", "field.syntax.version": "V2" };
  assert.deepEqual(readsOf({ ...sink, ...chain(extract) }), ["a.b"]);
});

Deno.test("an allow-list under a predicate is none, because the rest passes where it doesn't hold", () => {
  const predicates = { predicates: "p", "predicates.p.type": `${transforms}predicates.RecordIsTombstone` };
  const props = { ...keyOfValue, ...predicates, ...chain({ ...keep, predicate: "p" }) };
  assert.equal(readsOf(props), null);
  assert.deepEqual(readsOf({ ...props, "fields.whitelist": "city" }), ["name", "phone", "city", "id"]);
});

Deno.test("the sink's own list counts where the chain has none", () => {
  assert.deepEqual(readsOf({ ...keyOfValue, "fields.whitelist": "name" }), ["name", "id"]);
  assert.equal(readsOf(keyOfValue), null);
  assert.equal(
    readsOf({
      "connection.url": sink["connection.url"],
      "pk.mode": "record_value",
      "fields.whitelist": "name",
    }),
    null,
  );
});

Deno.test("times, former keys and registrations of newest wins are read", () => {
  const newest = {
    ...keyOfValue,
    "fields.whitelist": "name,region",
    "newest.wins.field": "updated_at",
    "newest.wins.columns": "region:region_at",
    "pk.previous.field": "previous",
  };
  assert.deepEqual(readsOf(newest), ["name", "region", "id", "updated_at", "previous"]);
});

Deno.test("what may look at anything, or tells the value in an error, makes everything be read", () => {
  for (const type of ["Flatten$Value", "HoistField$Value", "TimestampRouter", "ReplaceField$Value"]) {
    const first = { type: transforms + type, ...(type.startsWith("Hoist") ? { field: "f" } : {}) };
    assert.equal(readsOf({ ...sink, ...chain(first, keep) }), null, type);
  }
  assert.deepEqual(
    readsOf({ ...sink, ...chain({ type: `${transforms}HoistField$Key`, field: "f" }, keep) }),
    [
      "name",
      "phone",
    ],
  );
});
