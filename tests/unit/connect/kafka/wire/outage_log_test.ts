import assert from "node:assert/strict";
import { KafkaReach, OutageLog } from "../../../../../connect/kafka/wire/outage_log.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

Deno.test("OutageLog tells a long outage once, and its end, and nothing of a short one", () => {
  const logger = new FakeLogger();
  const outage = new OutageLog(logger, "a broker");
  for (let failure = 0; failure < 4; failure++) outage.failed(new Error("refused"));
  outage.succeeded();
  assert.equal(logger.lines.length, 0);
  for (let failure = 0; failure < 50; failure++) outage.failed(new Error("refused"), { node: 1 });
  outage.succeeded();
  outage.succeeded();
  assert.deepEqual(logger.lines.map(({ level, message, fields }) => [level, message, fields]), [
    ["warn", "can't reach a broker and goes on trying", { node: 1, reason: "refused" }],
    ["info", "reaches a broker again", {}],
  ]);
});

/** Two brokers and a coordinator, as the loops of one consumer see them. */
function reachOfThree() {
  const clock = new FakeClock();
  const reach = new KafkaReach(clock);
  const logger = new FakeLogger();
  const log = (what: string, node?: number) =>
    new OutageLog(logger, what, node === undefined ? { reach } : { reach, node });
  return {
    clock,
    reach,
    logger,
    one: log("broker 1", 1),
    two: log("broker 2", 2),
    coordinator: log("Kafka"),
  };
}

Deno.test("KafkaReach tells nothing of an election, and then which broker is away since when and why", async () => {
  const { clock, reach, one, two, logger } = reachOfThree();
  await clock.advance(1_000);
  one.asks();
  two.asks();
  one.succeeded();
  two.failed(new Error("no connection to b:9092: ECONNREFUSED"));
  await clock.advance(2_000);
  assert.equal(reach.away(), undefined, "an election takes as long");
  await clock.advance(2_000);
  const reason = "no connection to b:9092: ECONNREFUSED";
  assert.deepEqual(reach.away(), { sinceMs: 1_000, reason, nodes: new Set([2]) });
  assert.equal(logger.lines.length, 0, "the worker tells it");
  two.succeeded();
  assert.equal(reach.away(), undefined);
});

Deno.test("KafkaReach misses an answer that doesn't come, and not one that a broker may hold back", async () => {
  const { clock, reach, one, coordinator } = reachOfThree();
  coordinator.asks(Infinity);
  await clock.advance(60_000);
  assert.equal(reach.away(), undefined);
  one.asks();
  await clock.advance(8_500);
  assert.deepEqual(reach.away(), { sinceMs: 60_000, reason: "no answer from broker 1", nodes: new Set([1]) });
  one.close();
  assert.equal(reach.away(), undefined, "it is asked no more");
});

Deno.test("KafkaReach takes the whole for away where the group's coordinator is, since the first of them", async () => {
  const { clock, reach, two, coordinator } = reachOfThree();
  two.asks();
  two.failed(new Error("refused"));
  await clock.advance(5_000);
  coordinator.failed(new Error("refused"));
  two.forget();
  assert.deepEqual(reach.away()?.nodes, undefined);
  assert.equal(reach.away()?.reason, "refused");
});
