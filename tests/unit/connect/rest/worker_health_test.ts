import assert from "node:assert/strict";
import { RetriableException } from "../../../../connect/api/exceptions.ts";
import { RestWorld, staleMs } from "../../../support/rest_world.ts";

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
