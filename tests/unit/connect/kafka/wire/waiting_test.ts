import assert from "node:assert/strict";
import { RetriableException } from "../../../../../connect/api/exceptions.ts";
import { BrokerAwayError, KafkaCode, KafkaCodeError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { untilDeadline } from "../../../../../connect/kafka/wire/retrying.ts";
import { Backoff, Latch, withDeadline } from "../../../../../connect/kafka/wire/waiting.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";

/** A clock that notes how long it was asked to wait. */
class NotingClock extends FakeClock {
  readonly sleeps: number[] = [];
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return super.sleep(ms, signal);
  }
}

Deno.test("Latch keeps what happens while nobody waits", async () => {
  const time = new NotingClock();
  const latch = new Latch(time);
  latch.notify();
  await latch.wait(1_000);
  assert.deepEqual(time.sleeps, []);
  await time.run(latch.wait(1_000));
  assert.deepEqual(time.sleeps, [1_000]);
});

Deno.test("Latch ends a wait when notified, or when the signal aborts", async () => {
  const latch = new Latch(new FakeClock());
  const waiting = latch.wait(1_000);
  latch.notify();
  await waiting;
  const stop = new AbortController();
  const stopped = latch.wait(1_000, stop.signal);
  stop.abort();
  await stopped;
});

Deno.test("Backoff doubles up to its limit, with jitter, and starts over after a success", async () => {
  const time = new NotingClock();
  const backoff = new Backoff(time, { msMin: 100, msMax: 350 }, () => 1);
  for (let failure = 0; failure < 3; failure++) await time.run(backoff.wait());
  assert.equal(backoff.failures, 3);
  backoff.succeeded();
  await time.run(backoff.wait());
  assert.deepEqual(time.sleeps.map(Math.round), [120, 240, 420, 120]);
});

Deno.test("withDeadline() gives what the work gives, and the error of lateness after its time", async () => {
  const time = new NotingClock();
  const late = () => new Error("late");
  assert.equal(await time.run(withDeadline(time, 100, Promise.resolve(7), late)), 7);
  await assert.rejects(time.run(withDeadline(time, 100, new Promise(() => {}), late)), /late/);
  assert.equal(time.monotonic(), 100);
});

Deno.test("untilDeadline() tries again what an outage spoils, and nothing else", async () => {
  const time = new NotingClock();
  const attempts = { time, timeoutMs: 1_000, backoff: { msMin: 50, msMax: 50 }, action: "do it" };
  let tries = 0;
  const third = () => ++tries < 3 ? Promise.reject(new BrokerAwayError("gone")) : Promise.resolve("done");
  assert.equal(await time.run(untilDeadline(attempts, third)), "done");

  const refused = () => Promise.reject(new KafkaCodeError(KafkaCode.topicAuthorizationFailed, "do it"));
  await assert.rejects(time.run(untilDeadline(attempts, refused)), (thrown: unknown) => {
    return !(thrown instanceof RetriableException) &&
      String(thrown) === "ConnectException: Cannot do it: Kafka answered TOPIC_AUTHORIZATION_FAILED";
  });

  const never = () => Promise.reject(new BrokerAwayError("no connection to a:1"));
  await assert.rejects(time.run(untilDeadline(attempts, never)), (thrown: unknown) => {
    return thrown instanceof RetriableException &&
      thrown.message ===
        "Cannot do it: Kafka didn't complete it within 1000 ms, last error: no connection to a:1";
  });
});
