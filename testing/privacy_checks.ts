import assert from "node:assert/strict";
import { changed, type Json, leavesOf } from "../cli/dataflow/json_leaves.ts";
import { fieldsOf, type ProbeRecord } from "../cli/dataflow/passage_probe.ts";
import { contractOf, probeOf } from "../cli/dataflow/passage_rows.ts";
import type { ConsumerRecord } from "../connect/api/ports.ts";
import { bytesOf } from "../tests/support/delivery/connector_example.ts";
import { type Check, KitRun, type Tables } from "./kit_run.ts";

const mark = "CANARY";
const deepLevels = 2_000;
const hugeInteger = "9".repeat(30);

/** Values that no connector can read, with a mark where there is room for one. */
const poisons: Readonly<Record<string, Uint8Array | string>> = {
  "a text": `${mark}-text`,
  "half of an object": `{"name":"${mark}-half`,
  "no UTF-8": new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  "an empty value": new Uint8Array(),
  "the text null": "null",
  "a list": `["${mark}-list"]`,
  "a number": "17",
  "an integer beyond what Kafka Connect has": `{"${mark.toLowerCase()}":${hugeInteger}}`,
  "too deep an object": `${'{"a":'.repeat(deepLevels)}1${"}".repeat(deepLevels)}`,
};

/** Puts unreadable values between the others, on every topic and under existing keys. */
export const poison: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const { props } = kit.run;
  assert.equal(
    props["errors.tolerance"],
    "all",
    "with errors.tolerance=none one bad record stops its partition for ever",
  );
  const isTold = (props["errors.deadletterqueue.topic.name"] ?? "") !== "" ||
    props["errors.log.enable"] === "true";
  assert.ok(isTold, "skipped records must be reported: set errors.deadletterqueue.topic.name");
  const topics = new Map(kit.records.map((record) => [record.topic, record.key]));
  const mixed = kit.records.flatMap((record) => [poisonOf(kit, record.topic, "a text"), record]);
  const every = [...topics.keys()].flatMap((topic) =>
    Object.keys(poisons).map((kind) => poisonOf(kit, topic, kind))
  );
  const records = kit.append([...mixed, ...every]);
  await kit.open(records);
  await kit.deliver(records);
  await kit.expectExample();
  expectRefused(kit, records.slice(mixed.length), [...topics.keys()].flatMap(() => Object.keys(poisons)));
  expectNoMark(kit, await kit.tables("all"));
};

function poisonOf(kit: KitRun, topic: string, kind: string): ConsumerRecord {
  return kit.after(topic, "1", poisons[kind] ?? "");
}

function expectRefused(kit: KitRun, records: readonly ConsumerRecord[], kinds: readonly string[]): void {
  const refused = new Set(kit.refused.map(({ record: { topic, offset } }) => `${topic} ${offset}`));
  const taken = kinds.filter((_, index) => {
    const record = records[index];
    return record !== undefined && !refused.has(`${record.topic} ${record.offset}`);
  });
  assert.deepEqual(taken, [], "a rule must refuse each of these");
}

/** Erases every person, then delivers all events again. */
export const erasure: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const records = kit.append(kit.records);
  await kit.open(records);
  await kit.deliver(records);
  const before = await kit.tables();
  const [topic] = (kit.run.props["erasure.topics"] ?? "").split(",").filter((name) => name !== "");
  const keys = new Set(kit.example.records.map(({ key }) => key).filter((key) => key !== null));
  const topics = topic === undefined ? [...new Set(records.map((record) => record.topic))] : [topic];
  const tombstones = kit.append(topics.flatMap((on) => [...keys].map((key) => kit.after(on, key, null))));
  const refusedBefore = kit.refused.length;
  await kit.deliver(tombstones);
  assert.deepEqual(kit.refused.slice(refusedBefore), [], "a tombstone is no error");
  if (topic === undefined && kit.run.props["delete.enabled"] !== "true") {
    assert.deepEqual(await kit.tables(), before, "without erasure.topics a tombstone changes nothing");
    return;
  }
  expectGone(before, await kit.tables());
  const erased = await kit.tables();
  // The example's own tombstones move the erasures' marks, so they come last.
  await kit.deliver(kit.append(kit.records.filter(({ value }) => value !== null)));
  if (topic === undefined) return;
  assert.deepEqual(await kit.tables(), erased, "erased data must not come back");
  await kit.deliver(kit.append(kit.records));
  expectGone(before, await kit.tables());
};

/** Compares personal texts only: times, bytes and topic names don't count. */
function expectGone(before: Tables, after: Tables): void {
  for (const [table, rows] of Object.entries(before)) {
    const told = new Set(rows.flatMap(textsOf));
    const left = (after[table] ?? []).flatMap(textsOf).filter((text) => told.has(text));
    assert.equal(left.length, 0, `${table} still holds ${left.length} texts of people who were erased`);
  }
}

function textsOf(row: string): readonly string[] {
  const columns = Object.entries(JSON.parse(row) as Readonly<Record<string, unknown>>); // to_jsonb of a row
  return columns.flatMap(([name, value]) => {
    const tells = typeof value === "string" && !/^\\x|^\d{4}-\d\d-\d\dT/.test(value);
    return tells && !/topic$|fingerprint$/.test(name) ? [value] : [];
  });
}

/** Puts marks in dropped fields, in undeclared fields, in headers and in bad records. */
export const canary: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const contract = contractOf(kit.run.props);
  assert.ok(
    contract?.settings.egress != null,
    "egress.columns must list the columns that may be written",
  );
  const probe = probeOf(kit.run.pipeline, contract);
  const probed = kit.example.records.map((record) => record as ProbeRecord); // values of a JSON file
  const dropped = new Map(
    Array.from(Map.groupBy(probed, ({ topic }) => topic), ([topic, records]) => [
      topic,
      new Set(fieldsOf(records, probe).filter(({ fate }) => fate === "dropped").map(({ field }) => field)),
    ]),
  );
  const marked = kit.records.map((record, index) => {
    const given = probed[index];
    const value = given === undefined ? null : withMarks(given.value, dropped.get(record.topic) ?? new Set());
    const headers = [{ key: `${mark}-header`, value: bytesOf(`${mark}-header`) }];
    return { ...record, value: bytesOf(value), headers };
  });
  const records = kit.append(marked);
  await kit.open(records);
  await kit.deliver(records);
  await kit.expectExample();
  expectNoMark(kit, await kit.tables("all"));
};

/** Adds a mark to each dropped text, and marked fields of its own to the record. */
function withMarks(value: Json, dropped: ReadonlySet<string>): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const own = leavesOf(value).filter(({ field, value }) => dropped.has(field) && typeof value === "string")
    .reduce<Json>((now, { path, field }) => changed(now, path ?? [], `${mark}-${field}`), value);
  return { ...Object(own), [`${mark} field`]: `${mark}-more`, [`${mark}s`]: [{ [mark]: mark }] };
}

function expectNoMark(kit: KitRun, tables: Tables): void {
  const places: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(tables).map(([name, rows]) => [`table ${name}`, rows.join("\n")])),
    "the log": kit.run.logger.text(),
    "a message": kit.refused.map(({ message, rule }) => `${rule} ${message}`).join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    assert.equal(text.toUpperCase().includes(mark), false, `${place} shows a field that must not be copied`);
  }
}
