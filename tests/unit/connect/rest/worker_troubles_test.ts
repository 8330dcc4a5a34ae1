/** Troubles of a worker: when they are shown, and for which connector. */

import assert from "node:assert/strict";
import { ConnectException, RetriableException } from "../../../../connect/api/exceptions.ts";
import { RestWorld, staleMs } from "../../../support/rest/rest_world.ts";

async function worldAway(names: readonly string[], config: Readonly<Record<string, string>> = {}) {
  const world = new RestWorld();
  world.onTask = (task) => task.onPut = () => Promise.reject(new RetriableException("it refuses"));
  for (const name of names) {
    await world.ask("POST", "/connectors", { name, config: { ...world.config, ...config } });
  }
  await world.clock.advance(100);
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(10_000);
  return world;
}

async function health(world: RestWorld) {
  return await (await world.ask("GET", "/health")).json();
}

const lines = (world: RestWorld) => world.logger.lines.map(({ level, message }) => `${level} ${message}`);

for (
  const [what, method, path] of [
    ["deleted", "DELETE", ""],
    ["paused", "PUT", "/pause"],
    ["stopped", "PUT", "/stop"],
  ] as const
) {
  Deno.test(`a sink that is away isn't told to be back because its connector is ${what}`, async () => {
    const world = await worldAway(["people"]);
    assert.equal((await health(world)).status, "degraded");
    await world.ask(method, `/connectors/people${path}`);
    await world.clock.advance(10_000);
    assert.equal((await health(world)).status, "healthy");
    assert.deepEqual(lines(world).filter((line) => / is back after /.test(line)), []);
    assert.equal(
      lines(world).filter((line) => /^info The sink.* no task waits for it any more/.test(line)).length,
      1,
    );
    await world.end();
  });
}

Deno.test("a sink that is away isn't told to be back because its task is FAILED", async () => {
  const world = await worldAway(["people"], { "task.restart.max": "0" });
  for (const task of world.tasks) task.onPut = () => Promise.reject(new ConnectException("no table"));
  await world.clock.advance(10_000);
  assert.equal((await health(world)).status, "unhealthy");
  assert.deepEqual(lines(world).filter((line) => / is back after /.test(line)), []);
  await world.end();
});

Deno.test("a restart while the sink is away doesn't say that it's back", async () => {
  const world = await worldAway(["people"]);
  await world.ask("POST", "/connectors/people/restart?includeTasks=true");
  await world.clock.advance(10_000);
  assert.equal((await health(world)).status, "degraded");
  assert.deepEqual(lines(world).filter((line) => / is back after /.test(line)), []);
  for (const task of world.tasks) task.onPut = () => {};
  await world.clock.advance(10_000);
  assert.equal(lines(world).filter((line) => /^info The sink.* is back after \d+ s$/.test(line)).length, 1);
  await world.end();
});

Deno.test("a paused connector has no reason, no seconds and nothing to wait for during an outage", async () => {
  const world = await worldAway(["people"]);
  await world.ask("PUT", "/connectors/people/pause");
  await world.clock.advance(5_000);
  const status = await (await world.ask("GET", "/connectors/people/status")).json();
  assert.equal(status.tasks[0].reason, undefined);
  const metrics = await (await world.ask("GET", "/metrics")).text();
  assert.doesNotMatch(metrics, /^sluice_away_seconds\{.*\} [1-9]/m);
  await world.ask("PUT", "/connectors/people/resume");
  await world.clock.advance(3_000);
  assert.equal((await health(world)).status, "degraded", "resumed during the outage");
  await world.end();
});

Deno.test("sinks without an address are told apart by their connectors", async () => {
  const world = await worldAway(["one", "two"]);
  const { details, message } = await health(world);
  assert.deepEqual(details.troubles.map(({ tasks }: { tasks: string[] }) => tasks), [["one-0"], ["two-0"]]);
  assert.match(message, /The sink of connector one is away .*; The sink of connector two is away/);
  await world.end();
});

Deno.test("a task that fails again and again isn't healthy between its lives", async () => {
  const world = await worldAway(["people"], { "task.restart.max": "5", "task.restart.backoff.ms": "60000" });
  for (const task of world.tasks) task.onPut = () => Promise.reject(new ConnectException("no table people"));
  await world.clock.advance(10_000);
  const { status, message } = await health(world);
  assert.equal(status, "degraded");
  assert.match(message, /^Task people-0 failed and restarts automatically: .*no table people/);
  await world.end();
});

Deno.test("a wall clock that jumps changes neither since when nor for how long", async () => {
  const world = await worldAway(["people"]);
  const since = (await health(world)).details.troubles[0].since;
  world.clock.jump(-3_600_000);
  await world.clock.advance(5_000);
  world.clock.jump(7_200_000);
  for (const task of world.tasks) task.onPut = () => {};
  await world.clock.advance(5_000);
  assert.ok(lines(world).some((line) => /is back after (1[5-9]|2\d) s$/.test(line)), lines(world).join("\n"));
  assert.match(since, /^2026-01-01T00:00:0/);
  await world.end();
});

Deno.test("all partitions that wait are counted, and a long list is cut with its count", async () => {
  const world = new RestWorld();
  world.kafka.createPartitions("many", 300);
  world.onTask = (task) => task.onPut = () => Promise.reject(new RetriableException("it refuses"));
  await world.ask("POST", "/connectors", { name: "many", config: { ...world.config, topics: "many" } });
  await world.clock.advance(100);
  world.kafka.append({ topic: "many", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(10_000);
  const { message, details: { troubles: [trouble] } } = await health(world);
  assert.match(message, /waits: many-0@0, .* and 295 more$/);
  assert.deepEqual([trouble.waits.length, trouble.waits_not_shown], [100, 200]);
  await world.end();
});

Deno.test("two hundred connectors that wait for one thing are one readable line", async () => {
  const world = new RestWorld();
  const away = () => Promise.reject(new RetriableException("it refuses"));
  world.onTask = (task) => {
    task.onPut = away;
    task.destination = () => ({ name: "Database", address: "db:5432/bank2", option: "connection.url" });
  };
  for (let at = 0; at < 200; at++) {
    await world.ask("POST", "/connectors", { name: `people-${at}`, config: world.config });
  }
  await world.clock.advance(1_000);
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(staleMs / 4);
  const answer = await world.ask("GET", "/health");
  const text = await answer.text();
  const { message, details } = JSON.parse(text);
  assert.ok(message.length < 600, message);
  assert.equal(details.troubles.length, 1);
  assert.equal(details.troubles[0].tasks.length, 200);
  assert.ok(text.length < 20_000, `${text.length}`);
  const told = world.logger.lines.filter(({ message }) => / is away since /.test(message));
  assert.equal(told.length, 1);
  await world.end();
});

const withQueue = { "errors.tolerance": "all", "errors.deadletterqueue.topic.name": "letters" };

Deno.test("a dead letter queue that doesn't answer is named by itself, and the sink that waits for it isn't blamed", async () => {
  const world = new RestWorld();
  world.onTask = (task) =>
    task.onPut = async (records) => {
      for (const record of records) {
        await task.given.errantRecordReporter()?.report(
          record,
          new Error("s3cret"),
        );
      }
    };
  await world.ask("POST", "/connectors", { name: "people", config: { ...world.config, ...withQueue } });
  await world.clock.advance(100);
  world.kafka.produceMs = 40_000;
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(20_000);
  const { status, message, details } = await health(world);
  assert.equal(status, "degraded");
  assert.deepEqual(details.troubles.map(({ what }: { what: string }) => what), ["dead_letters"]);
  assert.match(
    message,
    /^The dead letter queue letters at localhost:9092 \(errors\.deadletterqueue\.topic\.name\) is away /,
  );
  assert.match(message, /: no answer to dead letters yet/);
  await world.clock.advance(40_000);
  assert.equal((await health(world)).status, "healthy");
  await world.end();
});

Deno.test("a dead letter queue that refuses says why at once, and that it's back", async () => {
  const world = new RestWorld();
  const config = {
    ...world.config,
    ...withQueue,
    "value.converter": "org.apache.kafka.connect.converters.LongConverter",
  };
  await world.ask("POST", "/connectors", { name: "people", config });
  await world.clock.advance(100);
  world.kafka.produceFault = () => {
    throw new RetriableException("Cannot write to letters: NOT_ENOUGH_REPLICAS");
  };
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(5_000);
  assert.match(
    (await health(world)).message,
    /^The dead letter queue letters .*: Cannot write to letters: NOT_ENOUGH_REPLICAS/,
  );
  world.kafka.produceFault = () => {};
  await world.clock.advance(10_000);
  assert.equal((await health(world)).status, "healthy");
  assert.ok(lines(world).some((line) => /The dead letter queue letters .* is back after/.test(line)));
  await world.end();
});

Deno.test("a dead letter queue whose topic can't be made yet is a trouble with its reason, and no flood of lines", async () => {
  const world = new RestWorld();
  world.kafka.createTopicFault = () => {
    throw new RetriableException(
      "Cannot create topic letters: INVALID_REPLICATION_FACTOR, 1 broker is there",
    );
  };
  await world.ask("POST", "/connectors", { name: "people", config: { ...world.config, ...withQueue } });
  await world.clock.advance(10 * 60_000);
  assert.match((await health(world)).message, /The dead letter queue letters .*INVALID_REPLICATION_FACTOR/);
  const told = world.logger.lines.filter(({ level, message }) =>
    level === "warn" && /dead letter queue/.test(message)
  );
  assert.ok(told.length <= 12, `${told.length} lines within 10 minutes`);
  await world.end();
});

Deno.test("a topic that doesn't exist is a trouble with what to do, and never makes a machine restart the worker", async () => {
  const world = new RestWorld();
  await world.ask("POST", "/connectors", { name: "people", config: world.config });
  await world.clock.advance(100);
  for (const consumer of world.kafka.consumers) {
    consumer.missing = [{ topic: "peopel", sinceMs: world.clock.monotonic() }];
  }
  await world.clock.advance(3_000);
  assert.equal((await health(world)).status, "healthy", "it may be made at its first use");
  await world.clock.advance(3 * staleMs);
  const { status, message, details } = await health(world);
  assert.equal(status, "degraded");
  assert.match(
    message,
    /^Topic peopel in Kafka at \S+ \(topics\) is away since \S+: it doesn't exist; create it/,
  );
  assert.deepEqual([details.troubles[0].what, details.troubles[0].tasks], ["topic", ["people-0"]]);
  for (const consumer of world.kafka.consumers) consumer.missing = [];
  await world.clock.advance(3_000);
  assert.equal((await health(world)).status, "healthy");
  await world.end();
});

Deno.test("commits that fail while Kafka is away are no flood of lines: what is away is told once a minute", async () => {
  const world = new RestWorld();
  const config = { ...world.config, "offset.flush.interval.ms": "1000" };
  await world.ask("POST", "/connectors", { name: "people", config });
  await world.clock.advance(100);
  world.kafka.commitFault = () => {
    throw new RetriableException("Kafka didn't answer");
  };
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  const isAway = { sinceMs: world.clock.monotonic(), reason: "ECONNREFUSED", partitions: [] };
  await world.clock.advance(3_000);
  for (const consumer of world.kafka.consumers) consumer.isAway = isAway;
  await world.clock.advance(10 * 60_000);
  const told = lines(world).filter((line) => /^(warn|error) /.test(line));
  assert.ok(told.some((line) => /Commit of offsets failed/.test(line)), "the first ones are told");
  assert.ok(told.length < 20, `${told.length} lines within 10 minutes`);
  await world.end();
});
