import assert from "node:assert/strict";
import { FakeTime } from "@std/testing";
import { watchTests } from "../../support/programs/stage.ts";

/** Sees the lines, one each 50 s; whether it took the stage for hung within 60 s without a test. */
function hangsWith(...lines: readonly string[]): { readonly hangs: boolean; readonly passed: number } {
  using time = new FakeTime();
  let hangs = false;
  const watch = watchTests(60_000, () => hangs = true);
  for (const line of lines) {
    time.tick(50_000);
    watch.saw(line);
  }
  time.tick(50_000);
  watch.stop();
  time.tick(100_000);
  return { hangs, passed: watch.passed };
}

Deno.test("tests and steps that finish keep a stage going, however long it takes", () => {
  const found = hangsWith(
    "commit() waits ... ok (12ms)",
    "a group settles ... FAILED (1m2s)",
    "  in order ... ok (3s)",
    " ok (4m11s)", // a test that was reported as slow
    "not here ... ignored (0ms)",
    "./tests/unit/a_test.ts => it adds up ... ok (1ms)",
    "./tests/unit/a_test.ts => it adds up ... in any order ... ok (1ms)",
  );
  assert.deepEqual(found, { hangs: false, passed: 3 });
});

Deno.test("a test that says much and doesn't finish hangs", () => {
  assert.ok(hangsWith("it goes on ...").hangs);
  assert.ok(hangsWith("ok", "ok (3ms)", "all is ok | 3 passed").hangs);
  assert.ok(hangsWith("------- output -------", "", "ok ... ok, I think").hangs);
});

Deno.test("a gate, which has no tests, hangs when its time is over", () => {
  assert.equal(hangsWith().hangs, false);
  assert.ok(hangsWith("Download a", "Check b").hangs);
});
