import assert from "node:assert/strict";
import { RetriableException } from "../../../../../connect/api/exceptions.ts";
import { BrokerAwayError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { untilDeadline } from "../../../../../connect/kafka/wire/retrying.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";

const backoff = { msMin: 100, msMax: 100 };

Deno.test("untilDeadline() tells what the last attempt met, also where the deadline cuts off the one after it", async () => {
  const time = new FakeClock();
  let attempts = 0;
  const ended = untilDeadline({ time, timeoutMs: 1_000, backoff, action: "ask" }, () => {
    attempts++;
    if (attempts === 1) return Promise.reject(new BrokerAwayError("its listener may have no TLS"));
    return new Promise<never>(() => {});
  });
  await assert.rejects(
    time.run(ended),
    (thrown: unknown) =>
      thrown instanceof RetriableException &&
      thrown.message ===
        "Cannot ask: Kafka didn't complete it within 1000 ms, last error: its listener may have no TLS",
  );
  assert.equal(attempts, 2);
});
