import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffMs } from "../../../../connect/api/backoff.ts";

const ms = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const failures = fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const random = fc.double({ min: 0, max: 1, noNaN: true });

Deno.test("a pause is within its range and never shorter than the one before, however many failures", () => {
  fc.assert(fc.property(ms, ms, failures, (msMin, msMax, count) => {
    const pause = backoffMs(count, { msMin, msMax });
    assert.ok(pause >= Math.min(msMin, msMax) && pause <= msMax, `${pause}`);
    assert.ok(backoffMs(count + 1, { msMin, msMax }) >= pause);
  }));
});

Deno.test("pauses double until the longest is reached", () => {
  fc.assert(fc.property(ms, fc.nat({ max: 40 }), (msMin, count) => {
    const range = { msMin, msMax: Infinity };
    assert.equal(backoffMs(count + 1, range), 2 * backoffMs(count, range));
  }));
});

Deno.test("a pause with jitter is within its share of the plain one, and reaches both ends of it", () => {
  const share = fc.double({ min: 0, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(ms, ms), failures, fc.tuple(share, share), random, (range, count, two, draw) => {
      const [msMin, msMax] = range;
      const [from = 0, to = 0] = two.toSorted((a, b) => a - b);
      const plain = backoffMs(count, { msMin, msMax });
      const at = (drawn: number) => backoffMs(count, { msMin, msMax, jitter: { from, to } }, () => drawn);
      const slack = plain * 1e-9;
      assert.ok(at(draw) >= plain * from - slack && at(draw) <= plain * to + slack);
      assert.equal(at(0), plain * from);
      assert.ok(Math.abs(at(1) - plain * to) <= slack);
    }),
  );
});
