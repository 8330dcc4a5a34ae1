import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { compareTelesales, type ContactRow } from "../../../sandbox/compare_telesales.ts";
import type { ReadRecord } from "../../../sandbox/telesales_model.ts";

const secret = "a secret of telesales with at least 32 bytes";
const keyOf = (id: number) => createHmac("sha256", secret).update(`v1:${id}`).digest("hex");
const bytes = (text: string) => new TextEncoder().encode(text);

let offset = 0n;

interface Said {
  readonly id?: number;
  readonly topic?: string;
  readonly partition?: number;
  readonly name?: string;
  readonly region?: string | null;
  readonly value?: string | null;
}

function at(timestamp: number, said: Said = {}): ReadRecord {
  const { id = 17, topic = "customers.registrations", partition = 0, name = "Ana", region = null } = said;
  const event = { customer_id: id, name, phone: "+5511987654321", region };
  const value = said.value === undefined ? JSON.stringify(event) : said.value;
  return {
    topic,
    partition,
    offset: offset++,
    timestamp,
    key: bytes(String(id)),
    value: value === null ? null : bytes(value),
  };
}

function row(changes: Partial<ContactRow> = {}, id = 17): ContactRow {
  return { key: keyOf(id), name: "Ana", phone: "+5511987654321", region: null, updatedAt: 100, ...changes };
}

const compare = (records: readonly ReadRecord[], rows: readonly ContactRow[]) =>
  compareTelesales(records, rows, { secret });
const isEqual = (records: readonly ReadRecord[], rows: readonly ContactRow[]) =>
  compare(records, rows).isEqual;

Deno.test("the newest event counts, in whatever order they come", () => {
  const records = [at(100, { name: "Ana" }), at(50, { name: "Bia" }), at(99, { name: "Caio", partition: 1 })];
  assert.ok(isEqual(records, [row()]));
  assert.deepEqual(compare(records, [row({ name: "Bia" })]).different, {
    name: 1,
    phone: 0,
    region: 0,
    updated_at: 0,
  });
});

Deno.test("every kind of difference is found", () => {
  const records = [at(100), at(100, { id: 18 })];
  const both = [row(), row({}, 18)];
  assert.ok(isEqual(records, both));
  assert.equal(compare(records, [row()]).missing, 1);
  assert.equal(compare(records, [...both, row({}, 19)]).unexpected, 1);
  for (
    const changes of [{ name: "x" }, { phone: "+1" }, { region: "SP" }, { updatedAt: 99 }, { name: null }]
  ) {
    const found = compare(records, [row(changes), row({}, 18)]);
    assert.equal(found.isEqual, false, JSON.stringify(changes));
    assert.equal(found.rowsEqual, 1);
  }
});

Deno.test("an unknown region never replaces a known one, an older known one doesn't either", () => {
  const records = [at(90, { region: "SP" }), at(80, { region: "RJ" }), at(100)];
  assert.ok(isEqual(records, [row({ region: "SP" })]));
  assert.ok(!isEqual(records, [row({ region: "RJ" })]));
  assert.ok(!isEqual(records, [row()]));
});

Deno.test("of one partition the later one breaks a tie, of two partitions either is right", () => {
  const one = [at(100, { name: "Bia" }), at(100, { name: "Ana" })];
  assert.ok(isEqual(one, [row()]));
  assert.ok(!isEqual(one, [row({ name: "Bia" })]));
  const two = [at(100, { name: "Bia", partition: 1 }), at(100, { name: "Ana" })];
  assert.ok(isEqual(two, [row()]));
  assert.ok(isEqual(two, [row({ name: "Bia" })]));
  assert.ok(!isEqual(two, [row({ name: "Caio" })]));
});

const empty = row({ name: null, phone: null, region: null, updatedAt: null });

Deno.test("a tombstone on the registrations empties the row, newer purchases don't fill it, a newer registration does", () => {
  const erased = [at(100), at(150, { value: null })];
  assert.ok(isEqual(erased, [empty]));
  assert.ok(!isEqual(erased, [row()]));
  const bought = [...erased, at(200, { topic: "customers.purchases" })];
  assert.ok(isEqual(bought, [empty]));
  const back = [...bought, at(180, { name: "Ana", region: "SP" })];
  assert.ok(isEqual(back, [row({ updatedAt: 180, region: "SP" })]));
  assert.ok(!isEqual(back, [empty]));
});

Deno.test("a registration in front of its erasure is erased, whatever its clock said", () => {
  const odd = [at(100), at(50, { value: null })];
  assert.ok(isEqual(odd, [empty]));
  assert.ok(!isEqual(odd, [row()]));
  assert.ok(!isEqual([...odd, at(80)], [empty]), "one behind it brings the person back");
});

Deno.test("with a purchase that may have come in between, both outcomes are right", () => {
  const odd = [at(100), at(50, { value: null }), at(110, { topic: "customers.purchases" })];
  assert.ok(isEqual(odd, [empty]));
  assert.ok(isEqual(odd, [row({ updatedAt: 110 })]));
  assert.ok(!isEqual(odd, [row()]));
});

Deno.test("a tombstone of an unknown customer leaves the empty row, one on another topic nothing", () => {
  assert.ok(isEqual([at(100, { value: null })], [empty]));
  assert.ok(isEqual([at(100, { value: null, topic: "customers.purchases" })], []));
});

Deno.test("what the contract refuses is counted and leaves no row", () => {
  const refused = ["not JSON", "{}", "[]", '{"customer_id":18,"name":"Ana","phone":"+5511987654321"}'];
  const found = compare(refused.map((value) => at(100, { value })), []);
  assert.equal(found.rejected, refused.length);
  assert.ok(found.isEqual);
});
