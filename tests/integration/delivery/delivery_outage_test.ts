import assert from "node:assert/strict";
import { growthMiBMax, outage } from "../../chaos/outage.ts";

const mebibyte = 1024 * 1024;
/** A program that has just started still grows; the long run has a lower limit. */
const youngGrowthMiBMax = 4 * growthMiBMax;

Deno.test("a database that is away while events arrive costs time, and neither memory nor a single record", async () => {
  const found = await outage({ seconds: 12, eventsPerSecond: 1_000, warmUpSeconds: 3 });
  const { missing, twice, deadLetters, surprises } = found;
  assert.deepEqual({ missing, twice, deadLetters, surprises }, {
    ...{ missing: 0, twice: 0, deadLetters: 0, surprises: [] },
  });
  assert.ok(found.records > 1_000, `${found.records} records arrived meanwhile`);
  assert.ok(found.duringBytes - found.beforeBytes <= youngGrowthMiBMax * mebibyte, JSON.stringify(found));
});
