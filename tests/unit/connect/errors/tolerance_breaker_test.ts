import assert from "node:assert/strict";
import { ToleranceBreaker } from "../../../../connect/errors/tolerance_breaker.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";

function after(breaker: ToleranceBreaker, records: number, failures: number): boolean {
  breaker.processed(records);
  for (let i = 0; i < failures; i++) breaker.failed();
  return breaker.isOpen;
}

Deno.test("a share of fewer than 1,000 records says nothing", () => {
  assert.equal(after(new ToleranceBreaker(0.5, new FakeClock()), 999, 999), false);
  assert.equal(after(new ToleranceBreaker(0.5, new FakeClock()), 1_000, 1_000), true);
});

Deno.test("only the last minute counts", async () => {
  const clock = new FakeClock();
  const breaker = new ToleranceBreaker(0.5, clock);
  after(breaker, 1_000, 500);
  await clock.advance(30_000);
  assert.equal(after(breaker, 10, 10), true);
  await clock.advance(31_000);
  assert.deepEqual(breaker.counts, { records: 10, failures: 10 });
  assert.equal(breaker.isOpen, false);
});

Deno.test("a ratio of 1 never stops anything", () => {
  assert.equal(after(new ToleranceBreaker(1, new FakeClock()), 5_000, 5_000), false);
});

Deno.test("a ratio of 0 allows no bad record among a thousand", () => {
  assert.equal(after(new ToleranceBreaker(0, new FakeClock()), 2_000, 1), true);
});
