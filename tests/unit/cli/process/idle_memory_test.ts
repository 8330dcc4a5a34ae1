import assert from "node:assert/strict";
import { releaseIdleMemory } from "../../../../cli/process/idle_memory.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";

/** Runs the release for some minutes, and returns the seconds at which it collected. */
async function collectionsOf(
  minutes: number,
  readAt: (seconds: number) => number,
): Promise<readonly number[]> {
  const clock = new FakeClock();
  const ending = new AbortController();
  const collected: number[] = [];
  const seconds = () => clock.monotonic() / 1000;
  const released = releaseIdleMemory({
    metrics: { total: () => readAt(seconds()) },
    time: clock,
    collect: () => void collected.push(seconds()),
  }, ending.signal);
  await clock.run(clock.sleep(minutes * 60_000));
  ending.abort();
  await clock.run(released);
  return collected;
}

Deno.test("memory is released soon after the start, and then every two minutes while nothing is read", async () => {
  assert.deepEqual(await collectionsOf(5, () => 0), [5, 125, 245]);
});

Deno.test("memory isn't released while records are read", async () => {
  assert.deepEqual(await collectionsOf(30, (seconds) => seconds), []);
});

Deno.test("memory is released after a backlog", async () => {
  assert.deepEqual(await collectionsOf(3, (seconds) => Math.min(seconds, 58)), [65]);
});

Deno.test("rare records don't release memory more often", async () => {
  assert.deepEqual(await collectionsOf(3, (seconds) => Math.floor(seconds / 20)), [5, 125]);
});
