import assert from "node:assert/strict";
import { holesOf, ledgerLines, malformedLines } from "../../../../cli/governance/audit_view.ts";
import type { LedgerRow } from "../../../../sinks/sql/database.ts";

const row = (parts: Partial<LedgerRow>): LedgerRow => ({
  writtenAt: new Date("2026-11-23T10:00:00Z"),
  event: "copied",
  clusterId: "kafka-1",
  task: 0,
  configHash: "0123456789abcdef0123456789abcdef",
  columns: ["name"],
  ranges: [],
  counts: {},
  subject: null,
  byRole: "writer",
  ...parts,
});
const range = (from: string, next: string, topic = "people") => ({ topic, partition: 0, from, next });

Deno.test("a row is a line: when, what, under which configuration, from where, by whom", () => {
  const lines = ledgerLines([
    row({ ranges: [range("0", "10"), range("3", "4", "orders")], counts: { records: 11, written: 9 } }),
    row({
      event: "erased",
      task: null,
      configHash: null,
      subject: "ab12",
      counts: { found: 1 },
      byRole: "ana",
    }),
  ]);
  assert.deepEqual(lines.map((line) => line.replaceAll(/ {2,}/g, " | ")), [
    "WRITTEN-AT | EVENT | TASK | CONFIG | COUNTS | WHAT | BY",
    "2026-11-23T10:00:00.000Z | copied | 0 | 0123456789ab | records=11 written=9 | people-0:0..10 orders-0:3..4 | writer",
    "2026-11-23T10:00:00.000Z | erased | - | - | found=1 | key ab12 | ana",
  ]);
});

Deno.test("offsets in no row are counted, whatever the order, and not across clusters", () => {
  const rows = [
    row({ ranges: [range("20", "30")] }),
    row({ ranges: [range("0", "10")] }),
    row({ ranges: [range("5", "12")] }),
    row({ ranges: [range("0", "1")], clusterId: "kafka-2" }),
  ];
  assert.deepEqual(holesOf(rows), [
    "people-0: 8 of the offsets 0..30 are in no row: refused or filtered, or a worker was killed before its row",
  ]);
  assert.deepEqual(holesOf([row({ ranges: [range("0", "10")] })]), []);
});

Deno.test("a row that a stranger has forged is shown, and obeyed by no terminal", () => {
  const forged = row({
    ...{ byRole: "officer_maria\x1b[2J", counts: { "x\x1b[1A": 1 } },
    ranges: [range("0", "1", "people\u202e"), range("5", "6", "people\u202e")],
  });
  const [titles = "", line = ""] = ledgerLines([forged, row({})]);
  assert.match(line, /officer_maria\\u001b\[2J$/);
  assert.match(line, / x\\u001b\[1A=1 /);
  assert.match(line, / people\\u202e-0:0\.\.1 /);
  assert.equal(titles.indexOf("BY"), line.indexOf("officer_maria"), "the columns stay below each other");
});

Deno.test("rows that another program has added are told, and widen no other", () => {
  const rows = [
    row({ isMalformed: true, byRole: "worker" }),
    row({ counts: { ["x".repeat(5_000)]: 1 } }),
    row({}),
  ];
  const lines = ledgerLines(rows);
  assert.match(lines[1] ?? "", / malformed +worker$/);
  assert.ok((lines[3]?.length ?? 0) < 500);
  assert.deepEqual(malformedLines(rows), [
    "1 rows are malformed: another program added them with the login of worker",
  ]);
  assert.deepEqual(malformedLines([row({})]), []);
});

Deno.test("a ledger of many rows is shown", () => {
  assert.equal(ledgerLines(Array.from({ length: 200_000 }, () => row({}))).length, 200_001);
});
