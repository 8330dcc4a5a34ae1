import assert from "node:assert/strict";
import { RetriableException } from "../../../../connect/api/exceptions.ts";
import { RestWorld, staleMs } from "../../../support/rest/rest_world.ts";

async function worldWith(...names: readonly string[]): Promise<RestWorld> {
  const world = new RestWorld();
  for (const name of names) await world.ask("POST", "/connectors", { name, config: world.config });
  await world.clock.advance(100);
  return world;
}

/** The worker loses what it reads into: everything is to be tried again. */
function breakSink(world: RestWorld): void {
  for (const task of world.tasks) task.onPut = () => Promise.reject(new RetriableException("down"));
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
}

function repairSink(world: RestWorld): void {
  for (const task of world.tasks) task.onPut = () => {};
}

Deno.test("lag without a commit for health.stale.ms is unhealthy with 500, and healthy again after the next commit", async () => {
  const world = await worldWith("people");
  breakSink(world);
  await world.clock.advance(staleMs - 10_000);
  assert.equal((await world.ask("GET", "/health")).status, 200, "an outage may last a while");
  await world.clock.advance(20_000);
  const answer = await world.ask("GET", "/health");
  assert.equal(answer.status, 500);
  const { status, message } = await answer.json();
  assert.equal(status, "unhealthy");
  assert.match(message, /^Task people-0 has a lag of 1 and has committed nothing for 6\d s$/);
  repairSink(world);
  await world.clock.advance(90_000);
  assert.equal((await world.ask("GET", "/health")).status, 200);
  const told = world.logger.lines.map(({ level, message }) => `${level} ${message}`);
  assert.ok(
    told.some((line) => line.startsWith("error Task people-0 has a lag of 1")),
    "the log tells it once",
  );
  assert.ok(told.includes("info Healthy again"));
  await world.end();
});

Deno.test("a paused connector is healthy whatever its lag, and has its time when it's resumed", async () => {
  const world = await worldWith("people");
  breakSink(world);
  await world.clock.advance(1_000);
  await world.ask("PUT", "/connectors/people/pause");
  await world.clock.advance(10 * staleMs);
  assert.equal((await world.ask("GET", "/health")).status, 200);
  await world.ask("PUT", "/connectors/people/resume");
  await world.clock.advance(10_000);
  assert.equal((await world.ask("GET", "/health")).status, 200);
  await world.clock.advance(staleMs);
  assert.equal((await world.ask("GET", "/health")).status, 500);
  await world.end();
});

Deno.test("a Kafka that says nothing for health.stale.ms is unhealthy, since nobody knows the lag then", async () => {
  const world = await worldWith("people");
  for (const consumer of world.kafka.consumers) consumer.silentForMs = staleMs + 1_000;
  const answer = await world.ask("GET", "/health");
  assert.equal(answer.status, 500);
  assert.match(await answer.text(), /Task people-0 has had no answer from Kafka for 61 s/);
  await world.end();
});

Deno.test("failed tasks are unhealthy at once, and only some connectors are named", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
  const world = await worldWith(...names);
  for (const task of world.tasks) task.onPut = () => Promise.reject(new Error("s3cret"));
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(2_000);
  const text = await (await world.ask("GET", "/health")).text();
  assert.match(text, /Connector c0 has FAILED tasks: 0; .*; and 3 more/);
  assert.doesNotMatch(text, /s3cret/);
  await world.end();
});

Deno.test("records in hand are lag as those in the log are: an outage of the sink isn't hidden by what was read ahead", async () => {
  const world = await worldWith("people");
  breakSink(world);
  await world.clock.advance(2_000);
  const text = await (await world.ask("GET", "/metrics")).text();
  const labels = 'connector="people",task="0"';
  assert.match(
    text,
    new RegExp(
      `partition_lag\\{topic="events",partition="0",${labels}\\} 1|partition_lag\\{${labels},topic="events",partition="0"\\} 1`,
    ),
  );
  assert.match(text, new RegExp(`sink_record_active_count\\{${labels}\\} 1`));
  assert.match(
    text,
    new RegExp(`sink_record_lag_max\\{${labels}\\} 0`),
    "Connect's own number is the consumer's",
  );
  repairSink(world);
  await world.clock.advance(90_000);
  const later = await (await world.ask("GET", "/metrics")).text();
  assert.match(later, new RegExp(`sink_record_active_count\\{${labels}\\} 0`));
  await world.end();
});

Deno.test("an erasure that wasn't done is in the details until the record passes, and the worker stays healthy", async () => {
  const world = new RestWorld();
  const config = {
    ...world.config,
    ...{ "erasure.topics": " events , others", "errors.tolerance": "all" },
    "errors.deadletterqueue.topic.name": "dlq",
    "key.converter": "org.apache.kafka.connect.converters.LongConverter",
  };
  await world.ask("POST", "/connectors", { name: "people", config });
  await world.clock.advance(100);
  world.kafka.append({ topic: "events", partition: 1 }, { key: "s3cret", value: null });
  await world.clock.advance(2_000);
  const answer = await world.ask("GET", "/health");
  assert.equal(answer.status, 200);
  const { status, message, details } = await answer.json();
  assert.equal(status, "healthy");
  assert.match(message, /ready to handle requests\. Erasures not done: 1, see details\.$/);
  const [{ places, ...rest }] = details.erasures_not_done;
  assert.deepEqual(rest, { connector: "people", others: 0, last: 1 });
  assert.deepEqual(places.map(({ rule: _, ...place }: { rule: string }) => place), [
    { topic: "events", partition: 1, offset: 0 },
  ]);
  const metrics = await (await world.ask("GET", "/metrics")).text();
  assert.match(metrics, /^sluice_erasures_not_done\{connector="people"\} 1$/m);
  const told = world.logger.lines.filter(({ level, message }) =>
    level === "error" && message.startsWith("An erasure was not done")
  );
  assert.equal(told.length, 1);
  assert.doesNotMatch(world.logger.text() + JSON.stringify(details), /s3cret/);

  const mended = { ...config, "key.converter": "org.apache.kafka.connect.storage.StringConverter" };
  await world.ask("PUT", "/connectors/people/stop");
  await world.ask("DELETE", "/connectors/people/offsets");
  await world.ask("PUT", "/connectors/people/config", mended);
  await world.ask("PUT", "/connectors/people/resume");
  await world.clock.advance(5_000);
  const after = await (await world.ask("GET", "/health")).json();
  assert.deepEqual(after, {
    status: "healthy",
    message: "Worker has completed startup and is ready to handle requests.",
  });
  await world.end();
});

Deno.test("an erasure that the sink rejects is told too, and a deleted connector's are forgotten", async () => {
  const world = new RestWorld();
  const config = {
    ...world.config,
    ...{ "erasure.topics": "events", "errors.tolerance": "all" },
    "errors.deadletterqueue.topic.name": "dlq",
  };
  world.onTask = (task) =>
    task.onPut = async (records) => {
      const reporter = task.given.errantRecordReporter();
      for (const record of records) await reporter?.report(record, new Error("s3cret"));
    };
  await world.ask("POST", "/connectors", { name: "people", config });
  await world.clock.advance(100);
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "kept" }, {
    key: "k",
    value: null,
  });
  await world.clock.advance(2_000);
  const { details } = await (await world.ask("GET", "/health")).json();
  assert.deepEqual(details.erasures_not_done[0].places.map(({ offset }: { offset: number }) => offset), [1]);
  await world.ask("DELETE", "/connectors/people");
  assert.equal((await (await world.ask("GET", "/health")).json()).details, undefined);
  assert.deepEqual(world.missedErasures.of("people").places, []);
  await world.end();
});

const kafkaIsAway = (sinceMs: number) => ({
  sinceMs,
  reason: "no connection to 127.0.0.1:9092: ECONNREFUSED",
  partitions: [{ topic: "events", partition: 1 }],
});

Deno.test("a Kafka that is away degrades health at once, with its address, since when and what waits, and is unhealthy later", async () => {
  const world = await worldWith("people");
  world.kafka.append({ topic: "events", partition: 1 }, { key: "k", value: "s3cret" });
  await world.clock.advance(70_000);
  for (const consumer of world.kafka.consumers) consumer.isAway = kafkaIsAway(world.clock.monotonic());
  const answer = await world.ask("GET", "/health");
  assert.equal(answer.status, 200);
  const { status, message, details: { troubles: [trouble] } } = await answer.json();
  assert.equal(status, "degraded");
  assert.match(
    message,
    /^Kafka at \S+ \(bootstrap\.servers\) is away since \S+Z: no connection .* ECONNREFUSED; waits: events-1@1$/,
  );
  assert.deepEqual(trouble.tasks, ["people-0"]);
  assert.deepEqual(trouble.waits, [{ topic: "events", partition: 1, offset: 1 }]);
  const told = await (await world.ask("GET", "/connectors/people/status")).json();
  assert.deepEqual([told.connector.state, told.tasks[0].state], ["RUNNING", "RUNNING"]);
  assert.equal(told.tasks[0].reason, message);
  const metrics = await (await world.ask("GET", "/metrics")).text();
  assert.match(metrics, /^sluice_away_seconds\{connector="people",task="0",what="kafka"\} [1-9]/m);
  assert.match(metrics, /^sluice_away_seconds\{connector="people",task="0",what="sink"\} 0$/m);
  await world.clock.advance(staleMs + 5_000);
  assert.equal((await world.ask("GET", "/health")).status, 500);
  for (const consumer of world.kafka.consumers) consumer.isAway = undefined;
  await world.clock.advance(5_000);
  assert.equal((await (await world.ask("GET", "/health")).json()).status, "healthy");
  const later = await (await world.ask("GET", "/connectors/people/status")).json();
  assert.equal("reason" in later.tasks[0], false);
  const lines = world.logger.lines.filter(({ level }) => level !== "error").map(({ message }) => message)
    .filter((line) => line.startsWith("Kafka at"));
  assert.equal(lines.length, 3, "it begins, a minute later, it's over");
  assert.match(lines[2] ?? "", /is back after \d+ s$/);
  await world.end();
});

Deno.test("a sink that swallows a put without an answer is away after some seconds", async () => {
  const world = await worldWith("people");
  for (const task of world.tasks) task.onPut = () => world.clock.sleep(40_000);
  world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
  await world.clock.advance(13_000);
  const { status, message } = await (await world.ask("GET", "/health")).json();
  assert.equal(status, "degraded");
  assert.match(
    message,
    /^The sink of connector people is away since \S+Z: no answer to put yet; waits: events-0@0, events-1@0/,
  );
  await world.clock.advance(30_000);
  assert.equal((await (await world.ask("GET", "/health")).json()).status, "healthy");
  await world.end();
});

Deno.test("an idle sink is asked now and then, and says that it's away and that it's back without any record", async () => {
  const world = new RestWorld();
  let isAway = false;
  const checks: number[] = [];
  world.onTask = (task) =>
    task.check = () => {
      checks.push(world.clock.monotonic());
      return isAway ? Promise.reject(new RetriableException("it refuses")) : Promise.resolve();
    };
  await world.ask("POST", "/connectors", { name: "people", config: world.config });
  await world.clock.advance(30_000);
  assert.ok(checks.length >= 2 && checks.length <= 4, `${checks.length} checks within 30 s`);
  isAway = true;
  await world.clock.advance(10_000);
  const { status, message } = await (await world.ask("GET", "/health")).json();
  assert.equal(status, "degraded");
  assert.match(message, /^The sink of connector people is away since \S+Z: it refuses/);
  isAway = false;
  await world.clock.advance(4_000);
  assert.equal((await (await world.ask("GET", "/health")).json()).status, "healthy");
  await world.end();
});

Deno.test("rejected records are told once a minute by rule with the last coordinates, without errors.log.enable", async () => {
  const world = new RestWorld();
  const config = {
    ...world.config,
    "errors.tolerance": "all",
    "value.converter": "org.apache.kafka.connect.converters.LongConverter",
  };
  await world.ask("POST", "/connectors", { name: "people", config });
  await world.clock.advance(100);
  for (let second = 0; second < 90; second++) {
    world.kafka.append({ topic: "events", partition: 0 }, { key: "k", value: "s3cret" });
    await world.clock.advance(1_000);
  }
  const lines = world.logger.lines.filter(({ message }) => message.startsWith("Records rejected"));
  assert.equal(lines.length, 2);
  assert.match(lines[0]?.message ?? "", /^Records rejected: 1 by \w+, the last at events-0@0$/);
  assert.match(lines[1]?.message ?? "", /^Records rejected: 6\d by \w+, the last at events-0@6\d$/);
  await world.clock.advance(200_000);
  const all = world.logger.lines.filter(({ message }) => message.startsWith("Records rejected"));
  assert.equal(all.length, 3, "no line of a minute without any");
  assert.doesNotMatch(world.logger.text(), /s3cret/);
  const [task] = world.herder.status("people").tasks;
  assert.deepEqual(task?.rejected?.map(({ count, last }) => [count, last.offset]), [[90, 89n]]);
  await world.end();
});
