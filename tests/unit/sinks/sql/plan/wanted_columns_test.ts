import assert from "node:assert/strict";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { postgresSink } from "../../../../../sinks/postgres/postgres_sink.ts";

const wantedOf = (props: Props) =>
  postgresSink.wantedColumns?.({ "connection.url": "postgres://db/x", "insert.mode": "upsert", ...props });
const byKey: Props = { "pk.mode": "record_key", "pk.fields": "id" };

Deno.test("the sink wants the fields that it writes or compares, and the key if it reads it", () => {
  const found = [
    { "pk.mode": "record_value", "pk.fields": "id", "fields.whitelist": "name" },
    { ...byKey, "fields.whitelist": "name" },
    { ...byKey, "pk.fields": "id,part", "fields.whitelist": "name" },
    { "pk.mode": "kafka", "fields.whitelist": "name" },
    { "insert.mode": "insert", "pk.mode": "none" },
    {
      ...{
        ...byKey,
        "fields.whitelist": "name",
        "newest.wins.field": "at",
        "newest.wins.columns": "region:region_at",
      },
      ...{ "erasure.topics": "erased", "erasure.columns": "erased_at,registered_at,objected_at" },
      ...{ "pk.previous.field": "former" },
    },
  ].map(wantedOf);
  assert.deepEqual(found, [
    { values: ["name", "id"], key: "unused" },
    { values: ["name"], key: "whole" },
    { values: ["name"], key: ["id", "part"] },
    { values: ["name"], key: "unused" },
    { values: undefined, key: "unused" },
    { values: ["name", "at", "region", "registered_at", "former"], key: "whole" },
  ]);
});

Deno.test("the sink wants records if a row depends on more than fields", () => {
  const found = [
    { "pk.mode": "record_key" },
    { "pk.mode": "record_value" },
    { ...byKey, "insert.mode": "update" },
    { ...byKey, "unavailable.value.placeholder": "gone" },
    { ...byKey, "pk.fields": "id,part", "pk.previous.field": "former" },
  ].map(wantedOf);
  assert.deepEqual(found, found.map(() => undefined));
});
