import assert from "node:assert/strict";
import {
  decideStart,
  passedByRetention,
  type StartFacts,
} from "../../../../../sinks/postgres/offsets/start_decision.ts";

const plain: StartFacts = {
  connector: "telesales",
  at: { topic: "customers.registrations", partition: 2 },
  stored: undefined,
  group: undefined,
  log: { start: 0n, end: 1000n },
  timestampBefore: null,
  reset: "earliest",
};
const row = (nextOffset: bigint, lastTimestamp: number | null = null) => ({ nextOffset, lastTimestamp });
const ours = (offset: bigint) => ({ offset, ours: true });
const foreign = (offset: bigint) => ({ offset, ours: false });
const decide = (facts: Partial<StartFacts>) => decideStart({ ...plain, ...facts });

function refusal(facts: Partial<StartFacts>): string {
  const decision = decide(facts);
  assert.ok("refuse" in decision, JSON.stringify(Object.keys(decision)));
  return decision.refuse;
}

function failure(facts: Partial<StartFacts>): string {
  const decision = decide(facts);
  assert.ok("fail" in decision, JSON.stringify(Object.keys(decision)));
  return decision.fail;
}

Deno.test("a row and no group offset: the row", () => {
  assert.deepEqual(decide({ stored: row(100n) }), { from: 100n, because: "database" });
});

Deno.test("Kafka behind the row, with our mark or without: the row", () => {
  assert.deepEqual(decide({ stored: row(100n), group: ours(80n) }), { from: 100n, because: "database" });
  assert.deepEqual(decide({ stored: row(100n), group: foreign(80n) }), { from: 100n, because: "database" });
});

Deno.test("Kafka where the row is: the row", () => {
  assert.deepEqual(decide({ stored: row(100n), group: foreign(100n) }), { from: 100n, because: "database" });
});

Deno.test("Kafka ahead with our mark (failover, restore): the row", () => {
  assert.deepEqual(decide({ stored: row(100n), group: ours(500n) }), { from: 100n, because: "database" });
});

Deno.test("Kafka ahead without our mark: refused, naming both numbers and the command", () => {
  const text = refusal({ stored: row(100n), group: foreign(500n) });
  assert.match(text, /customers\.registrations-2/);
  assert.match(text, /group is at offset 500 and the database at 100/);
  assert.match(text, /deno task offsets set --connector telesales customers\.registrations:2=100 /);
  assert.match(text, /deno task offsets set --connector telesales customers\.registrations:2=500$/);
});

Deno.test("Kafka ahead without our mark is refused also where retention has passed the row: the row is stale, nothing is lost", () => {
  assert.match(
    refusal({ stored: row(100n), group: foreign(500n), log: { start: 300n, end: 1000n } }),
    /choose one/,
  );
});

Deno.test("no row but a group offset (take-over from Connect): Kafka's", () => {
  assert.deepEqual(decide({ group: foreign(500n) }), { from: 500n, because: "group" });
  const opened = { nextOffset: null, lastTimestamp: null };
  assert.deepEqual(decide({ stored: opened, group: foreign(500n) }), { from: 500n, because: "group" });
});

Deno.test("no row but a group offset with our mark: refused, since the database has lost what it had", () => {
  const text = refusal({ group: ours(500n) });
  assert.match(text, /group is at offset 500, committed by Sluice, and the database has no offset/);
  assert.match(text, /deno task offsets reset --connector telesales/);
  assert.match(text, /deno task offsets set --connector telesales customers\.registrations:2=500/);
});

Deno.test("neither row nor group offset: the log's start, or its end with auto.offset.reset=latest", () => {
  assert.deepEqual(decide({ log: { start: 7n, end: 9n } }), { from: 7n, because: "reset" });
  assert.deepEqual(decide({ log: { start: 7n, end: 9n }, reset: "latest" }), { from: 9n, because: "reset" });
});

Deno.test("the row before the log's start: failed, with the number of records lost by retention", () => {
  const text = failure({ stored: row(100n), log: { start: 103n, end: 200n } });
  assert.match(text, /: 3 records lost by retention/);
  assert.match(text, /next offset is 100 and the log starts at 103/);
  assert.match(text, /registrations:2=103/);
  assert.match(
    failure({ stored: row(100n), log: { start: 101n, end: 200n } }),
    /: 1 record lost by retention/,
  );
});

Deno.test("the group's offset before the log's start, at take-over: failed as well", () => {
  assert.match(
    failure({ group: foreign(100n), log: { start: 150n, end: 200n } }),
    /50 records lost by retention/,
  );
});

Deno.test("the row behind the log's end: the topic was recreated", () => {
  const text = failure({ stored: row(100n), log: { start: 0n, end: 99n } });
  assert.match(text, /topic was recreated, the next offset is 100 and the log ends at 99/);
  assert.match(text, /registrations:2=0$/);
});

Deno.test("the row behind the log's end and a foreign group offset further on: the topic was recreated", () => {
  const facts = { stored: row(100n), group: foreign(500n), log: { start: 0n, end: 99n } };
  assert.match(failure(facts), /topic was recreated/);
});

Deno.test("the group's offset behind the log's end, at take-over: the topic was recreated", () => {
  assert.match(failure({ group: foreign(100n), log: { start: 0n, end: 99n } }), /topic was recreated/);
});

Deno.test("the row exactly at the log's start or end is inside", () => {
  assert.deepEqual(decide({ stored: row(100n), log: { start: 100n, end: 100n } }), {
    from: 100n,
    because: "database",
  });
});

Deno.test("the record before it has another timestamp: the topic was recreated", () => {
  const text = failure({ stored: row(100n, 1_700_000_000_000), timestampBefore: 1_700_000_000_001 });
  assert.match(text, /topic was recreated, the record at offset 99 has another timestamp/);
  assert.doesNotMatch(text, /1700000000/);
});

Deno.test("the record before it has the same timestamp, or none can be read: the row", () => {
  const stored = row(100n, 1_700_000_000_000);
  const expected = { from: 100n, because: "database" };
  assert.deepEqual(decide({ stored, timestampBefore: 1_700_000_000_000 }), expected);
  assert.deepEqual(decide({ stored, timestampBefore: null }), expected);
  assert.deepEqual(decide({ stored: row(100n), timestampBefore: 5 }), expected);
});

Deno.test("passedByRetention() speaks up only when the log's start is past the position", () => {
  assert.equal(passedByRetention("telesales", plain.at, 5n, 5n), undefined);
  assert.equal(passedByRetention("telesales", plain.at, 5n, 4n), undefined);
  assert.match(
    passedByRetention("telesales", plain.at, 5n, 1_000_005n) ?? "",
    /1000000 records lost by retention/,
  );
});
