import assert from "node:assert/strict";
import { cutOver } from "../../support/delivery/cut_over.ts";

Deno.test("a connector moves from a JVM Connect worker to Sluice and back, and each goes on where the other ended", async () => {
  const { events, wrong, again, together, surprises } = await cutOver({
    recordsPerStep: 500,
    eventsPerSecond: 500,
  });
  assert.ok(events > 0);
  assert.ok(together.jvm > 0 && together.sluice > 0);
  assert.deepEqual({ wrong, again, surprises }, { wrong: 0, again: 0, surprises: [] });
});
