import assert from "node:assert/strict";
import { memoryCourse } from "../../chaos/memory_course.ts";

const options = { warmUpSeconds: 10, windowSeconds: 10 };

Deno.test("memory that a collector takes down again and again is flat", () => {
  const samples = Array.from({ length: 50 }, (_, seconds) => ({ seconds, bytes: 100 + seconds % 5 }));
  assert.deepEqual(memoryCourse(samples, options), {
    medianBytes: [102, 102, 102, 102],
    spreadBytes: 0,
    peakBytes: 104,
  });
});

Deno.test("memory that grows slowly spreads, and the warm-up doesn't count for it", () => {
  const samples = Array.from({ length: 50 }, (_, seconds) => ({
    seconds,
    bytes: seconds < 10 ? 1_000 : 100 + seconds,
  }));
  const { spreadBytes, peakBytes } = memoryCourse(samples, options);
  assert.deepEqual({ spreadBytes, peakBytes }, { spreadBytes: 30, peakBytes: 1_000 });
});

Deno.test("a run that ended within its warm-up can't be judged", () => {
  assert.throws(() => memoryCourse([{ seconds: 3, bytes: 1 }], options), /ended within its warm-up/);
});
