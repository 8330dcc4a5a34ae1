/** Change events in JSON without schemas, which Debezium's own class passes untouched. */

import assert from "node:assert/strict";
import { ConnectRecord } from "../../../../../connect/api/record.ts";
import type { SchemalessMap } from "../../../../../connect/api/schema.ts";
import { extractNewRecordState } from "../../../../../connect/transforms/debezium/extract_new_record_state.ts";

const source = { table: "customers", lsn: 9n, ts_ms: 5n };
const change = {
  before: { id: 1n, name: "Ana" },
  after: { id: 1n, name: "Bea" },
  source,
  op: "u",
  ts_ms: 6n,
};
const deletion = { before: { id: 1n, name: "Ana" }, after: null, source, op: "d", ts_ms: 6n };
const truncation = { before: null, after: null, source, op: "t", ts_ms: 6n };

function unwrapped(
  value: SchemalessMap | null,
  props: Readonly<Record<string, string>> = {},
): ConnectRecord | null {
  const transformation = extractNewRecordState.create({ "schemaless.envelopes": "true", ...props });
  return transformation.apply(ConnectRecord.of({ topic: "t", key: { id: 1n }, value }));
}

Deno.test("without the option an event in plain JSON passes as it is", () => {
  assert.equal(unwrapped(change, { "schemaless.envelopes": "false" })?.value, change);
});

Deno.test("a change becomes the row after it", () => {
  assert.deepEqual(unwrapped(change)?.value, { id: 1n, name: "Bea" });
});

Deno.test("what only looks a little like an event passes as it is", () => {
  for (const value of [{ op: "u" }, { after: { id: 1n } }, { op: 5n, after: null }, { id: 1n }]) {
    assert.equal(unwrapped(value)?.value, value);
  }
});

Deno.test("a truncation is dropped", () => {
  assert.equal(unwrapped(truncation), null);
});

for (
  const [mode, ofDelete, ofTombstone] of [
    ["drop", "dropped", "dropped"],
    ["tombstone", null, "dropped"],
    ["delete-to-tombstone", null, "dropped"],
    ["rewrite", { id: 1n, name: "Ana", __deleted: "true" }, "dropped"],
    ["rewrite-with-tombstone", { id: 1n, name: "Ana", __deleted: "true" }, null],
  ] as const
) {
  Deno.test(`with ${mode} a delete and the tombstone behind it become what Debezium makes of them`, () => {
    const outcome = (value: SchemalessMap | null) => {
      const record = unwrapped(value, { "delete.tombstone.handling.mode": mode });
      return record === null ? "dropped" : record.value;
    };
    assert.deepEqual(outcome(deletion), ofDelete);
    assert.deepEqual(outcome(null), ofTombstone);
  });
}

Deno.test("fields and headers of the event are added where it has them", () => {
  const record = unwrapped(change, {
    "add.fields": "op,lsn,source.ts_ms:changed_at,nope,before.name",
    "add.headers": "table,transaction.id",
  });
  assert.deepEqual(record?.value, {
    id: 1n,
    name: "Bea",
    __op: "u",
    __lsn: 9n,
    __changed_at: 5n,
    __before_name: "Ana",
  });
  assert.deepEqual(record?.headers, [{ key: "__table", schema: null, value: "customers" }]);
});

Deno.test("the row's field can name the topic; an empty or missing one leaves it", () => {
  assert.equal(unwrapped(change, { "route.by.field": "name" })?.topic, "Bea");
  assert.equal(unwrapped(change, { "route.by.field": "nope" })?.topic, "t");
});

Deno.test("a row with a field called __proto__ keeps it", () => {
  const after = Object.fromEntries([["__proto__", "x"], ["id", 1n]]);
  const value = unwrapped({ ...change, after }, { "add.fields": "op" })?.value as SchemalessMap;
  assert.deepEqual(Object.keys(value), ["__proto__", "id", "__op"]);
});

for (
  const [older, ofDelete, ofTombstone, mode] of [
    [{ "delete.handling.mode": "drop" }, "dropped", "dropped", "drop"],
    [{ "delete.handling.mode": "none" }, null, "dropped", "tombstone"],
    [{ "delete.handling.mode": " NONE", "drop.tombstones": "true" }, null, "dropped", "tombstone"],
    [{ "drop.tombstones": "true" }, "dropped", "dropped", "drop"],
    [
      { "delete.handling.mode": "rewrite" },
      { id: 1n, name: "Ana", __deleted: "true" },
      "dropped",
      "rewrite",
    ],
    [
      { "delete.handling.mode": "rewrite", "drop.tombstones": "false" },
      { id: 1n, name: "Ana", __deleted: "true" },
      null,
      "rewrite-with-tombstone",
    ],
    [{ "drop.tombstones": "false" }, "dropped", null, "delete-to-tombstone"],
    [{ "delete.handling.mode": "none", "drop.tombstones": "false" }, null, null, "delete-to-tombstone"],
  ] as const
) {
  Deno.test(`${JSON.stringify(older)} means what it meant in Debezium 2.x, with a warning`, () => {
    const outcome = (value: SchemalessMap | null) => {
      const record = unwrapped(value, older);
      return record === null ? "dropped" : record.value;
    };
    assert.deepEqual(outcome(deletion), ofDelete);
    assert.deepEqual(outcome(null), ofTombstone);
    const warnings = extractNewRecordState.warnings?.(older) ?? new Map();
    assert.deepEqual([...warnings.keys()].toSorted(), Object.keys(older).toSorted());
    for (const text of warnings.values()) {
      assert.match(text, new RegExp(`write delete\\.tombstone\\.handling\\.mode=${mode}\\b`));
    }
  });
}

Deno.test("older and newer options for deletes together are refused, whatever they say", () => {
  for (const older of [{ "drop.tombstones": "true" }, { "delete.handling.mode": "none" }]) {
    assert.throws(
      () => unwrapped(deletion, { ...older, "delete.tombstone.handling.mode": "tombstone" }),
      /^ConfigException: Cannot use (drop\.tombstones|delete\.handling\.mode) together with delete\.tombstone/,
    );
  }
});

Deno.test("a mode that isn't one is refused with the choices, older and newer", () => {
  assert.throws(() => unwrapped(deletion, { "delete.handling.mode": "skip" }), /one of drop, none, rewrite/);
  assert.throws(
    () => unwrapped(deletion, { "delete.tombstone.handling.mode": "none" }),
    /must be one of drop, tombstone, rewrite, rewrite-with-tombstone, delete-to-tombstone/,
  );
});

Deno.test("options that Debezium has dropped are refused with their successor, unless they ask for nothing", () => {
  const cases = [
    ["operation.header", "true", /add\.headers=op/],
    ["add.source.fields", "table,lsn", /add\.fields=source\.NAME/],
    ["drop.deletes", "false", /delete\.tombstone\.handling\.mode=drop, or tombstone for false/],
  ] as const;
  for (const [name, value, instead] of cases) {
    assert.throws(() => unwrapped(deletion, { [name]: value }), instead);
  }
  assert.equal(unwrapped(deletion, { "operation.header": "false", "add.source.fields": "" })?.value, null);
});
