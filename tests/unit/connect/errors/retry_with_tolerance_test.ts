import assert from "node:assert/strict";
import { DataException, JvmException, RetriableException } from "../../../../connect/api/exceptions.ts";
import {
  RetryWithTolerance,
  type RetryWithToleranceOptions,
} from "../../../../connect/errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../../../connect/errors/tolerance_breaker.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";
import { canary, failed, FakeCounters } from "./failed.ts";

function setUp(options: Partial<RetryWithToleranceOptions> = {}) {
  const clock = new FakeClock();
  const counters = new FakeCounters();
  const errors = new RetryWithTolerance({
    tolerance: "all",
    retry: { timeoutMs: 0, delayMsMax: 60_000 },
    reporters: [],
    breaker: new ToleranceBreaker(0.5, clock),
    counters,
    time: clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    ...options,
  });
  return { clock, counters, errors };
}

const again = new RetriableException("away");
const describe = (error: unknown) => failed({ error });

Deno.test("an error that isn't retriable is tried once", async () => {
  const { errors, counters, clock } = setUp({ retry: { timeoutMs: -1, delayMsMax: 60_000 } });
  let tries = 1;
  const recovery = await clock.run(errors.recover(new DataException("bad"), () => tries++, describe));
  assert.equal(recovery.kind, "skipped");
  assert.equal(tries, 1);
  assert.deepEqual(counters.words, ["failure", "error TRANSFORMATION DataException", "skipped"]);
});

Deno.test("a retriable error is tried again after 300 ms, doubled each time", async () => {
  const { errors, clock } = setUp({ retry: { timeoutMs: -1, delayMsMax: 60_000 } });
  const at: number[] = [];
  const operation = () => {
    at.push(clock.monotonic());
    if (at.length < 4) throw again;
    return "fine";
  };
  const recovery = await clock.run(errors.recover(again, operation, describe));
  assert.deepEqual(recovery, { kind: "done", value: "fine" });
  assert.deepEqual(at, [300, 900, 2_100, 4_500]);
});

Deno.test("beyond errors.retry.delay.max.ms the delay is random below it", async () => {
  const { errors, clock } = setUp({ retry: { timeoutMs: -1, delayMsMax: 500 } });
  const at: number[] = [];
  const operation = () => {
    at.push(clock.monotonic());
    if (at.length < 3) throw again;
  };
  await clock.run(errors.recover(again, operation, describe));
  assert.deepEqual(at, [300, 550, 800]);
});

Deno.test("errors.retry.timeout bounds the tries, the last delay is cut to it", async () => {
  const { errors, clock, counters } = setUp({ retry: { timeoutMs: 1_000, delayMsMax: 60_000 } });
  const at: number[] = [];
  const operation = () => {
    at.push(clock.monotonic());
    throw again;
  };
  const recovery = await clock.run(errors.recover(again, operation, describe));
  assert.equal(recovery.kind, "skipped");
  assert.deepEqual(at, [300, 900, 1_000]);
  assert.equal(counters.words.filter((word) => word === "retry").length, 3);
});

Deno.test("without errors.retry.timeout nothing is tried again", async () => {
  const { errors, clock } = setUp();
  const recovery = await clock.run(errors.recover(again, () => assert.fail("tried again"), describe));
  assert.equal(recovery.kind, "skipped");
});

Deno.test("a task that is stopping abandons the record: nothing is reported, nothing skipped", async () => {
  const stopping = new AbortController();
  const { errors, clock, counters } = setUp({
    retry: { timeoutMs: -1, delayMsMax: 60_000 },
    signal: stopping.signal,
  });
  const recovery = errors.recover(again, () => {
    throw again;
  }, describe);
  await clock.advance(1_000);
  stopping.abort();
  assert.deepEqual(await clock.run(recovery), { kind: "abandoned" });
  assert.ok(!counters.words.some((word) => word.startsWith("error")));
});

Deno.test("with errors.tolerance=none the verdict is fatal, and names the place and the rule but no value", () => {
  const { errors } = setUp({ tolerance: "none" });
  const verdict = errors.judge(failed());
  assert.equal(verdict.kind, "fatal");
  assert.ok(verdict.kind === "fatal");
  assert.equal(
    verdict.error.message,
    "Tolerance exceeded in error handler: topic or-db, partition 0, offset 0, stage TRANSFORMATION, " +
      "rule out_of_range: Value was out of range for requested data type",
  );
  assert.equal(verdict.error.connectText, "Tolerance exceeded in error handler");
  assert.ok(!verdict.error.message.includes(canary));
});

Deno.test("a bad record is told to every reporter, tolerated or not", async () => {
  for (const tolerance of ["none", "all"] as const) {
    const told: string[] = [];
    const reporter = (name: string) => ({
      report: () => {
        told.push(name);
        return Promise.resolve();
      },
    });
    const { errors } = setUp({ tolerance, reporters: [reporter("queue"), reporter("log")] });
    await errors.judge(failed()).durable;
    assert.deepEqual(told, ["queue", "log"]);
  }
});

Deno.test("more bad records than errors.tolerance.max.ratio allows stop the task in spite of tolerance", () => {
  const { errors } = setUp();
  errors.processing(1_000);
  for (let i = 0; i < 500; i++) assert.equal(errors.judge(failed()).kind, "skipped");
  const verdict = errors.judge(failed());
  assert.ok(verdict.kind === "fatal");
  assert.match(
    verdict.error.message,
    /501 of 1000 records within a minute were bad, errors.tolerance.max.ratio allows 0.5/,
  );
});

Deno.test("what Java calls an error is never tolerated: the record isn't to blame", async () => {
  const { errors, counters, clock } = setUp();
  const endless = new JvmException("java.lang.StackOverflowError", "Cannot match a regular expression");
  const recovery = await clock.run(errors.recover(endless, () => assert.fail("tried again"), describe));
  assert.equal(recovery.kind, "fatal");
  assert.ok(!counters.words.includes("skipped"));
});
