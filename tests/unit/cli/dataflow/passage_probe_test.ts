import assert from "node:assert/strict";
import { fieldsOf, type Probe, type ProbeRecord } from "../../../../cli/dataflow/passage_probe.ts";
import type { Json } from "../../../../cli/dataflow/json_leaves.ts";

const record = (value: Json, key: string | null = null): ProbeRecord => ({
  topic: "t",
  timestamp: 0,
  key,
  value,
});
const at = (value: Json, name: string): Json => (value as Readonly<Record<string, Json>>)[name] ?? null; // the tests' records are objects

const fatesOf = (records: readonly ProbeRecord[], probe: Probe) =>
  Object.fromEntries(
    fieldsOf(records, probe).map(({ field, fate, columns }) => [field, [fate, ...columns].join(" ")]),
  );

Deno.test("a field that arrives as it is, is kept; one that arrives as something else, transformed; the rest dropped", () => {
  const probe: Probe = ({ value }) =>
    new Map([["name", String(at(value, "name"))], ["initial", String(at(value, "surname")).slice(0, 1)]]);
  assert.deepEqual(fatesOf([record({ name: "Ana", surname: "Lima", card: "4111" })], probe), {
    name: "kept name",
    surname: "transformed initial",
    card: "dropped",
  });
});

Deno.test("a field that only decides whether the record is taken, is checked", () => {
  const probe: Probe = ({ value }) =>
    at(value, "kind") === "sale" ? new Map([["id", String(at(value, "id"))]]) : { refused: "kind" };
  assert.deepEqual(fatesOf([record({ kind: "sale", id: 7 })], probe), { kind: "checked", id: "kept id" });
});

Deno.test("a key and an id that have to agree are changed together", () => {
  const probe: Probe = ({ key, value }) =>
    key === String(at(value, "id")) ? new Map([["hash", `#${key}`]]) : { refused: "key_mismatch" };
  assert.deepEqual(fatesOf([record({ id: 17 }, "17")], probe), {
    "(key)": "transformed hash",
    id: "transformed hash",
  });
});

Deno.test("a field is kept only if every record shows it so", () => {
  const probe: Probe = ({ value }) => new Map([["name", String(at(value, "name")).trim()]]);
  assert.deepEqual(fatesOf([record({ name: "Ana" }), record({ name: " Caio " })], probe), {
    name: "transformed name",
  });
});

Deno.test("a field that is null in the example shows by what could stand there", () => {
  const probe: Probe = ({ value }) => new Map([["region", String(at(value, "region"))]]);
  assert.deepEqual(fatesOf([record({ region: null })], probe), { region: "kept region" });
});

Deno.test("a record that is refused as it stands says nothing", () => {
  assert.deepEqual(fatesOf([record({ name: "Ana" })], () => ({ refused: "rule" })), {});
});

Deno.test("entries of lists are one field", () => {
  const probe: Probe = ({ value }) => new Map([["all", JSON.stringify(at(value, "items"))]]);
  assert.deepEqual(Object.keys(fatesOf([record({ items: [{ sku: "a" }, { sku: "b" }] })], probe)), [
    "items[].sku",
  ]);
});
