import assert from "node:assert/strict";
import { picture, plainLine, type Snapshot } from "../../../../sandbox/demo/demo_view.ts";

const snapshot: Snapshot = {
  seconds: 61.7,
  eventsPublished: 12_345,
  eventsPerSecond: 199.6,
  rows: 1_024,
  latency: { medianMs: 3.24, p99Ms: 12 },
  memoryBytes: 78_400_000,
  newest: [
    { name: "Antônia de Albuquerque Cavalcanti e Silva", phone: "+5511987654321", region: "SP" },
    { name: "José", phone: "+5521987654321", region: null },
  ],
};

Deno.test("a plain line says how much, how many and how fast", () => {
  assert.equal(
    plainLine(snapshot),
    "62 s: 200 events/s in, 1,024 rows in Bank 2, event to row 3.2 ms (median), 12.0 ms (99 %)",
  );
  assert.match(
    plainLine({ ...snapshot, latency: "no event came in lately" }),
    /event to row no event came in lately$/,
  );
});

Deno.test("the picture shows what passes and the newest people as columns", () => {
  const lines = picture(snapshot, { kept: ["name", "phone", "region"], dropped: 27 });
  const text = lines.join("\n");
  assert.match(text, /62 s, 78 MB of memory/);
  assert.match(text, /passes +name, phone, region; 27 other fields don't/);
  assert.match(text, /Antônia de Albuquerque Cavalc… +\+5511987654321 +SP/);
  assert.match(text, /José {28}\+5521987654321 {2}-/);
});

Deno.test("a picture without memory and people is still one", () => {
  const lines = picture({ ...snapshot, memoryBytes: undefined, newest: [] }, { kept: [], dropped: 0 });
  assert.match(lines[0] ?? "", /^Sluice: telesales, 62 s\. Ctrl-C ends it\.$/);
});
