import assert from "node:assert/strict";
import { ProgressWatch, type TaskProgress } from "../../../../connect/metrics/progress_watch.ts";

const staleMs = 30_000;
const people: TaskProgress = { connector: "people", task: 0, lag: 7, commits: 3 };

function staleAfter(...looks: readonly (readonly [nowMs: number, tasks: readonly TaskProgress[]])[]) {
  const watch = new ProgressWatch();
  let last = 0;
  for (const [nowMs, tasks] of looks) {
    watch.look(tasks, nowMs);
    last = nowMs;
  }
  return watch.stale(last, staleMs);
}

Deno.test("a task with lag that commits nothing is stale, and it's told for how long", () => {
  assert.deepEqual(staleAfter([0, [people]], [20_000, [people]], [40_000, [{ ...people, lag: 9 }]]), [
    { connector: "people", task: 0, lag: 9, forMs: 40_000 },
  ]);
});

Deno.test("a commit begins the time anew, however large the lag", () => {
  const committed = { ...people, commits: 4, lag: 1_000 };
  assert.deepEqual(staleAfter([0, [people]], [29_000, [committed]], [50_000, [committed]]), []);
});

Deno.test("a task without lag may commit nothing for ever", () => {
  const idle = { ...people, lag: 0 };
  assert.deepEqual(staleAfter([0, [idle]], [1_000_000, [idle]]), []);
  assert.deepEqual(
    staleAfter([0, [idle]], [1_000_000, [people]]),
    [],
    "lag that has just come is no standstill",
  );
});

Deno.test("a task that fails and starts again and again is stale too: between its lives nobody knows the lag", () => {
  const between = { ...people, lag: undefined };
  const looks = [[0, [people]], [10_000, [between]], [20_000, [people]], [31_000, [between]]] as const;
  assert.equal(staleAfter(...looks).length, 1);
});

Deno.test("a task that was paused begins anew", () => {
  assert.deepEqual(staleAfter([0, [people]], [20_000, []], [40_000, [people]]), []);
});
