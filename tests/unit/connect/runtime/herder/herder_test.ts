import assert from "node:assert/strict";
import { ConfigDef } from "../../../../../connect/api/config_def.ts";
import {
  ConfigException,
  ConnectException,
  NotFoundException,
} from "../../../../../connect/api/exceptions.ts";
import type { OffsetsRequest, SinkConnectorPlugin } from "../../../../../connect/api/plugins.ts";
import { PartitionMap } from "../../../../../connect/api/record.ts";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { converterPlugins, headerConverterPlugins } from "../../../../../connect/converters/mod.ts";
import { MetricsRegistry } from "../../../../../connect/metrics/registry.ts";
import { MemoryConfigStore } from "../../../../../connect/runtime/herder/config_store.ts";
import {
  AlreadyExistsException,
  BadRequestException,
  ConflictException,
  Herder,
} from "../../../../../connect/runtime/herder/herder.ts";
import { Plugins } from "../../../../../connect/runtime/worker/plugins.ts";
import { Worker } from "../../../../../connect/runtime/worker/worker.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeKafka } from "../../../../support/fakes/fake_kafka.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";
import { FakeSinkTask } from "../../../../support/fakes/fake_task.ts";

const p0 = { topic: "events", partition: 0 };

class HerderHarness {
  readonly clock = new FakeClock();
  readonly kafka = new FakeKafka(this.clock);
  readonly metrics = new MetricsRegistry();
  readonly logger = new FakeLogger();
  readonly store = new MemoryConfigStore();
  readonly tasks: FakeSinkTask[] = [];
  readonly altered: OffsetsRequest[] = [];
  keepsOffsets = true;
  taskCount: (tasksMax: number) => number = (tasksMax) => tasksMax;
  variables: Props = {};
  onTask: (task: FakeSinkTask) => void = () => {};
  readonly herder = this.#herder();

  constructor() {
    this.kafka.createPartitions("events", 2);
  }

  /** Makes a connector and lets it start. */
  async put(config: Props = {}, name = "people"): Promise<void> {
    const written = {
      "connector.class": "FakeSink",
      topics: "events",
      "value.converter": stringConverter,
      ...config,
    };
    await this.clock.run(this.herder.putConnector(name, written));
    await this.clock.advance(50);
  }

  append(...values: readonly string[]): void {
    this.kafka.append(p0, ...values.map((value) => ({ key: "k", value })));
  }

  states(name = "people"): string {
    const { connector, tasks } = this.herder.status(name);
    return [connector.state, ...tasks.map(({ state }) => state)].join(" ");
  }

  async run<T>(work: Promise<T>): Promise<T> {
    const result = await this.clock.run(work);
    await this.clock.advance(50);
    return result;
  }

  async end(): Promise<void> {
    await this.clock.run(this.herder.shutDown());
  }

  #herder(): Herder {
    const resolve = (props: Props) =>
      Promise.resolve({
        props: Object.fromEntries(
          Object.entries(props).map(([key, value]) => [key, this.variables[value] ?? value]),
        ),
        referring: new Set<string>(),
        problems: new Map(),
        warnings: new Map(),
      });
    const worker = new Worker({
      kafka: this.kafka,
      plugins: new Plugins([this.#plugin()], converterPlugins, headerConverterPlugins),
      time: this.clock,
      random: () => 0.5,
    }, {
      props: { "task.shutdown.graceful.timeout.ms": "1000" },
      metrics: this.metrics,
      workerId: "host:8083",
      logger: this.logger,
    });
    return new Herder({ worker, store: this.store, resolve, time: this.clock, logger: this.logger });
  }

  #plugin(): SinkConnectorPlugin {
    return {
      type: "sink",
      className: "example.FakeSinkConnector",
      aliases: ["io.example.Replaced"],
      version: "1.2",
      documentation: "For tests.",
      config: ConfigDef.of({ "fake.secret": { type: "PASSWORD", default: null, documentation: "" } }),
      taskConfigs: (props, tasksMax) =>
        Array.from(
          { length: this.taskCount(tasksMax) },
          (_, index) => ({ ...props, "task.index": String(index) }),
        ),
      createTask: () => {
        const task = new FakeSinkTask();
        this.tasks.push(task);
        this.onTask(task);
        return task;
      },
      alterOffsets: (request) => {
        this.altered.push(request);
        return Promise.resolve(this.keepsOffsets);
      },
    };
  }
}

const stringConverter = "org.apache.kafka.connect.storage.StringConverter";

Deno.test("a connector runs tasks.max tasks, each with a consumer of its own in one group", async () => {
  const harness = new HerderHarness();
  await harness.put({ "tasks.max": "2" });
  assert.deepEqual(harness.kafka.consumers.map(({ groupId, clientId }) => `${groupId} ${clientId}`), [
    "connect-people connector-consumer-people-0",
    "connect-people connector-consumer-people-1",
  ]);
  assert.equal(harness.states(), "RUNNING RUNNING RUNNING");
  const { connector, tasks } = harness.herder.status("people");
  assert.deepEqual([connector.workerId, connector.version, tasks[1]?.version], ["host:8083", "1.2", "7.0"]);
  assert.deepEqual(harness.tasks.map(({ props }) => props?.["task.index"]), ["0", "1"]);
  await harness.end();
});

Deno.test("status is readable as soon as the connector is made", async () => {
  const harness = new HerderHarness();
  await harness.clock.run(
    harness.herder.putConnector("people", { "connector.class": "FakeSink", topics: "events" }),
  );
  assert.match(harness.states(), /^(UNASSIGNED|RUNNING)/);
  await harness.end();
});

Deno.test("consumer.override.* reaches the consumer, and can name another group", async () => {
  const harness = new HerderHarness();
  await harness.put({ "consumer.override.group.id": "mine", "consumer.override.max.poll.records": "7" });
  assert.equal(harness.kafka.consumers[0]?.groupId, "mine");
  assert.equal(harness.kafka.consumers[0]?.overrides["max.poll.records"], "7");
  await harness.end();
});

Deno.test("references are looked up for the task, and never stored or shown", async () => {
  const harness = new HerderHarness();
  harness.variables = { "${env:SECRET}": "s3cret" };
  await harness.put({ "fake.secret": "${env:SECRET}" });
  assert.equal(harness.tasks[0]?.props?.["fake.secret"], "s3cret");
  assert.equal(harness.herder.info("people").config["fake.secret"], "${env:SECRET}");
  assert.equal((await harness.store.load())[0]?.config["fake.secret"], "${env:SECRET}");
  await harness.end();
});

Deno.test("a wrong configuration is refused with all its errors, and nothing is stored", async () => {
  const harness = new HerderHarness();
  const put = harness.herder.putConnector("people", { "connector.class": "FakeSink", "tasks.max": "many" });
  await assert.rejects(harness.clock.run(put), (error) => {
    assert.ok(error instanceof ConfigException);
    assert.match(
      error.message,
      /^Connector configuration is invalid and contains the following \d error\(s\):\n/,
    );
    return true;
  });
  assert.deepEqual(harness.herder.names(), []);
  assert.deepEqual(await harness.store.load(), []);
});

Deno.test("a new connector of a known name is refused, after its configuration was checked", async () => {
  const harness = new HerderHarness();
  await harness.put();
  const config = { "connector.class": "FakeSink", topics: "events" };
  await assert.rejects(
    harness.run(harness.herder.putConnector("people", config, { mustBeNew: true })),
    (error) => error instanceof AlreadyExistsException && error.message === "Connector people already exists",
  );
  await assert.rejects(
    harness.run(harness.herder.putConnector("people", { topics: "" }, { mustBeNew: true })),
    (error) => !(error instanceof AlreadyExistsException),
  );
  await harness.end();
});

Deno.test("a changed configuration restarts the tasks with it, and offsets go on", async () => {
  const harness = new HerderHarness();
  await harness.put();
  harness.append("a");
  await harness.clock.advance(50);
  await harness.put({ "some.option": "1" });
  harness.append("b");
  await harness.clock.advance(50);
  assert.deepEqual(harness.tasks.map(({ values }) => values), [["a"], ["b"]]);
  assert.equal(harness.tasks[1]?.props?.["some.option"], "1");
  await harness.end();
});

Deno.test("PAUSED keeps the tasks and their partitions, STOPPED has no tasks and leaves the group", async () => {
  const harness = new HerderHarness();
  await harness.put();
  await harness.run(harness.herder.pause("people"));
  await harness.clock.advance(100);
  assert.equal(harness.states(), "PAUSED PAUSED");
  await harness.run(harness.herder.stop("people"));
  await harness.run(harness.herder.settled("people"));
  assert.equal(harness.states(), "STOPPED");
  assert.equal((await harness.kafka.admin().groupMembers("connect-people")).length, 0);
  await harness.run(harness.herder.pause("people"));
  assert.equal(harness.states(), "PAUSED");
  await harness.run(harness.herder.resume("people"));
  assert.equal(harness.states(), "RUNNING RUNNING");
  await harness.end();
});

Deno.test("a connector made paused has no tasks until the first resume; one made stopped stays stopped on change", async () => {
  const harness = new HerderHarness();
  const config = { "connector.class": "FakeSink", topics: "events" };
  await harness.run(harness.herder.putConnector("people", config, { targetState: "PAUSED" }));
  assert.equal(harness.states(), "PAUSED");
  await harness.run(harness.herder.stop("people"));
  await harness.run(harness.herder.putConnector("people", { ...config, "some.option": "1" }));
  assert.equal(harness.states(), "STOPPED");
  assert.equal(harness.tasks.length, 0);
  await harness.end();
});

Deno.test("of many wishes at once the last one counts", async () => {
  const harness = new HerderHarness();
  await harness.put();
  const { herder } = harness;
  await harness.run(Promise.all([herder.stop("people"), herder.resume("people"), herder.pause("people")]));
  await harness.run(Promise.all([herder.stop("people"), herder.pause("people"), herder.resume("people")]));
  await harness.run(herder.settled("people"));
  await harness.clock.advance(2_000);
  assert.equal(harness.states(), "RUNNING RUNNING");
  assert.equal((await harness.store.load())[0]?.targetState, "STARTED");
  await harness.end();
});

Deno.test("a task that fails for good is told, and leaves the connector RUNNING and the other task at work", async () => {
  const harness = new HerderHarness();
  await harness.put({ "tasks.max": "2" });
  const failure = harness.herder.firstFailure(new AbortController().signal);
  harness.tasks[1]!.onPut = () => {
    throw new ConnectException("Cannot write: the table is gone", { rule: "no_table" });
  };
  await harness.clock.advance(2_000);
  assert.equal(harness.states(), "RUNNING RUNNING FAILED");
  const told = await harness.run(failure);
  assert.deepEqual([told?.connector, told?.task?.id, told?.task?.state], ["people", 1, "FAILED"]);
  assert.match(told?.failure.reason ?? "", /the table is gone/);
  await harness.end();
});

Deno.test("firstFailure() of named connectors passes over others, and one that is deleted is forgotten", async () => {
  const harness = new HerderHarness();
  const ending = new AbortController();
  const ofPeople = harness.herder.firstFailure(ending.signal, new Set(["people"]));
  let isTold = false;
  const note = ofPeople.then((failure) => isTold = failure !== undefined);
  harness.onTask = (task) => {
    task.onPut = () => {
      throw new ConnectException("Cannot write: the table is gone");
    };
  };
  harness.append("a");
  const other = { "connector.class": "FakeSink", topics: "events" };
  await harness.run(harness.herder.putConnector("other", other));
  await harness.clock.advance(2_000);
  const any = await harness.run(harness.herder.firstFailure(ending.signal));
  assert.equal(any?.connector, "other");
  assert.equal(isTold, false);
  await harness.run(harness.herder.deleteConnector("other"));
  const aborted = AbortSignal.abort();
  assert.equal(await harness.herder.firstFailure(aborted), undefined);
  ending.abort();
  await note;
  assert.equal(isTold, false);
  await harness.end();
});

Deno.test("firstFailure() ends with its signal", async () => {
  const ending = new AbortController();
  const failure = new HerderHarness().herder.firstFailure(ending.signal);
  ending.abort();
  assert.equal(await failure, undefined);
});

Deno.test("restart with tasks says what restarts; only what failed where that is asked for", async () => {
  const harness = new HerderHarness();
  await harness.put({ "tasks.max": "2" });
  harness.tasks[1]!.onPut = () => {
    throw new ConnectException("no");
  };
  await harness.clock.advance(2_000);
  const plain = harness.herder.restartConnector("people", "connector");
  assert.deepEqual(plain.tasks.map(({ state }) => state), ["RUNNING", "FAILED"]);
  const failed = harness.herder.restartConnector("people", "failed");
  assert.deepEqual(failed.tasks.map(({ state }) => state), ["RUNNING", "RESTARTING"]);
  assert.ok(failed.tasks[1]?.failure !== null);
  await harness.clock.advance(100);
  assert.equal(harness.states(), "RUNNING RUNNING RUNNING");
  const all = harness.herder.restartConnector("people", "tasks");
  assert.deepEqual(all.tasks.map(({ state }) => state), ["RESTARTING", "RESTARTING"]);
  await harness.clock.advance(100);
  assert.equal(harness.states(), "RUNNING RUNNING RUNNING");
  await harness.end();
});

Deno.test("restarting a task of a stopped connector is a conflict, of a running one by a wrong number unknown", async () => {
  const harness = new HerderHarness();
  await harness.put();
  assert.throws(() => harness.herder.restartTask("people", 9), /Unknown task: people-9/);
  await harness.run(harness.herder.stop("people"));
  await harness.run(harness.herder.settled("people"));
  assert.throws(() => harness.herder.restartTask("people", 0), ConflictException);
  await harness.end();
});

Deno.test("a connector that cannot start is FAILED with a reason, and starts when it is restarted", async () => {
  const harness = new HerderHarness();
  harness.taskCount = () => 3;
  await harness.put({ "tasks.max": "1" });
  assert.equal(harness.states(), "FAILED");
  assert.match(
    harness.herder.status("people").connector.failure?.reason ?? "",
    /generated 3 tasks, which is greater than 1/,
  );
  harness.taskCount = () => 1;
  harness.herder.restartConnector("people", "connector");
  await harness.clock.advance(50);
  assert.equal(harness.states(), "RUNNING RUNNING");
  await harness.end();
});

Deno.test("deleting commits and leaves the group, keeps its offsets, and forgets the connector's numbers", async () => {
  const harness = new HerderHarness();
  await harness.put();
  harness.append("a");
  await harness.clock.advance(50);
  await harness.run(harness.herder.deleteConnector("people"));
  assert.equal(harness.kafka.committed("connect-people", p0), 1n);
  assert.deepEqual(harness.herder.names(), []);
  assert.deepEqual(await harness.store.load(), []);
  assert.deepEqual(harness.metrics.samples(), []);
  assert.throws(() => harness.herder.status("people"), NotFoundException);
  harness.append("b");
  await harness.put();
  assert.deepEqual(harness.tasks.at(-1)?.values, ["b"]);
  await harness.end();
});

Deno.test("a connector of a deleted one's name starts when that one has ended", async () => {
  const harness = new HerderHarness();
  await harness.put();
  harness.tasks[0]!.onStop = () => harness.clock.sleep(800);
  const deleted = harness.herder.deleteConnector("people");
  await harness.clock.advance(10);
  await harness.put();
  assert.equal(harness.tasks.length, 1);
  await harness.run(deleted);
  await harness.clock.advance(1_000);
  assert.equal(harness.states(), "RUNNING RUNNING");
  assert.equal(harness.kafka.consumers.filter(({ isMember }) => isMember).length, 1);
  await harness.end();
});

Deno.test("unknown names are told with Connect's texts", async () => {
  const { herder } = new HerderHarness();
  await assert.rejects(herder.pause("nobody"), /^NotFoundException: Unknown connector nobody$/);
  await assert.rejects(herder.deleteConnector("nobody"), /Connector nobody not found/);
  assert.throws(() => herder.restartConnector("nobody", "tasks"), /Unknown connector: nobody/);
  assert.throws(() => herder.status("nobody"), /No status found for connector nobody/);
  assert.throws(() => herder.taskStatus("nobody", 7), /No status found for task nobody-7/);
});

Deno.test("offsets are those committed, nothing before the first commit", async () => {
  const harness = new HerderHarness();
  await harness.put();
  assert.equal((await harness.run(harness.herder.offsets("people"))).size, 0);
  harness.append("a", "b");
  await harness.clock.advance(50);
  await harness.run(harness.herder.pause("people"));
  await harness.clock.advance(100);
  harness.append("c");
  assert.equal((await harness.run(harness.herder.offsets("people"))).get(p0), 2n);
  await harness.end();
});

async function stopped(): Promise<HerderHarness> {
  const harness = new HerderHarness();
  await harness.put();
  harness.append("a", "b", "c");
  await harness.clock.advance(50);
  await harness.run(harness.herder.stop("people"));
  return harness;
}

Deno.test("offsets of a connector that isn't STOPPED cannot be changed", async () => {
  const harness = new HerderHarness();
  await harness.put();
  await harness.run(harness.herder.pause("people"));
  await assert.rejects(
    harness.run(harness.herder.alterOffsets("people", new PartitionMap([[p0, 0n]]))),
    (error) => error instanceof BadRequestException && error.message.includes("'/connectors/people/stop'"),
  );
  await harness.end();
});

Deno.test("offsets change on the sink's side first, then in Kafka; null forgets a partition", async () => {
  const harness = await stopped();
  harness.kafka.offsetsOf("connect-people").set({ topic: "events", partition: 1 }, {
    offset: 5n,
    metadata: "",
  });
  const wanted = new PartitionMap<bigint | null>([[p0, 1n], [{ topic: "events", partition: 1 }, null]]);
  const sentence = await harness.run(harness.herder.alterOffsets("people", wanted));
  assert.equal(sentence, "The offsets for this connector have been altered successfully");
  assert.deepEqual([...harness.altered[0]?.offsets ?? []], [...wanted]);
  assert.deepEqual([harness.altered[0]?.groupId, harness.altered[0]?.connectorName], [
    "connect-people",
    "people",
  ]);
  assert.equal(harness.kafka.committed("connect-people", p0), 1n);
  assert.equal(harness.kafka.committed("connect-people", { topic: "events", partition: 1 }), undefined);
  await harness.run(harness.herder.resume("people"));
  assert.deepEqual(harness.tasks.at(-1)?.values, ["b", "c"]);
  await harness.end();
});

Deno.test("offsets that cannot be are refused before anything is changed", async () => {
  const harness = await stopped();
  const impossible = [
    [[p0, -5n], /-5 for partition 0 of topic events is below 0/],
    [[{ topic: "events", partition: 77 }, 1n], /there is no partition 77 of topic events in Kafka/],
    [[{ topic: "nobodys", partition: 0 }, 1n], /there is no partition 0 of topic nobodys in Kafka/],
  ] as const;
  for (const [entry, text] of impossible) {
    await assert.rejects(
      harness.run(harness.herder.alterOffsets("people", new PartitionMap<bigint | null>([[p0, 1n], entry]))),
      (error) => error instanceof BadRequestException && text.test(error.message),
    );
  }
  assert.deepEqual(harness.altered, []);
  assert.equal(harness.kafka.committed("connect-people", p0), 3n);
  await harness.end();
});

Deno.test("a sink that fails to change its own offsets leaves Kafka's alone", async () => {
  const harness = await stopped();
  Object.defineProperty(harness, "altered", {
    value: {
      push: () => {
        throw new ConnectException("the database is away");
      },
    },
  });
  await assert.rejects(
    harness.run(harness.herder.alterOffsets("people", new PartitionMap([[p0, 0n]]))),
    /away/,
  );
  assert.equal(harness.kafka.committed("connect-people", p0), 3n);
  await harness.end();
});

Deno.test("offsets are not changed while somebody else reads the group", async () => {
  const harness = await stopped();
  const other = harness.kafka.consumer({ groupId: "connect-people", clientId: "other", overrides: {} });
  other.isMember = true;
  await assert.rejects(
    harness.run(harness.herder.alterOffsets("people", new PartitionMap([[p0, 0n]]))),
    (error) => error instanceof ConflictException && /has 1 member\(s\)/.test(error.message),
  );
  await harness.end();
});

Deno.test("reset forgets all offsets, tells the sink of each partition, and says where more may be kept", async () => {
  const harness = await stopped();
  harness.keepsOffsets = false;
  const sentence = await harness.run(harness.herder.resetOffsets("people"));
  assert.match(
    sentence,
    /^The Connect framework-managed offsets for this connector have been reset successfully\. However/,
  );
  assert.deepEqual([...harness.altered[0]?.offsets ?? []], [[p0, null]]);
  assert.equal(harness.kafka.committed("connect-people", p0), undefined);
  await harness.run(harness.herder.resume("people"));
  assert.deepEqual(harness.tasks.at(-1)?.values, ["a", "b", "c"]);
  await harness.end();
});

Deno.test("topics that records came from are known until they are reset, of strangers there are none", async () => {
  const harness = new HerderHarness();
  await harness.put();
  harness.append("a");
  await harness.clock.advance(50);
  assert.deepEqual(harness.herder.topics("people"), ["events"]);
  harness.herder.resetTopics("people");
  assert.deepEqual(harness.herder.topics("people"), []);
  assert.deepEqual(harness.herder.topics("nobody"), []);
  await harness.end();
});

Deno.test("what the store has is started, each in its target state", async () => {
  const harness = new HerderHarness();
  const config = { name: "people", "connector.class": "FakeSink", topics: "events" };
  await harness.store.save({ name: "people", config, targetState: "STARTED" });
  await harness.store.save({ name: "halted", config: { ...config, name: "halted" }, targetState: "STOPPED" });
  await harness.run(harness.herder.start());
  assert.deepEqual([harness.states("people"), harness.states("halted")], ["RUNNING RUNNING", "STOPPED"]);
  await harness.end();
});

Deno.test("shutDown() commits, leaves every group, keeps the store, and is safe to call twice", async () => {
  const harness = new HerderHarness();
  await harness.put({ "tasks.max": "2" });
  harness.append("a");
  await harness.clock.advance(50);
  await harness.clock.run(Promise.all([harness.herder.shutDown(), harness.herder.shutDown()]));
  assert.equal(harness.kafka.committed("connect-people", p0), 1n);
  assert.ok(harness.kafka.consumers.every(({ isMember }) => !isMember));
  assert.equal((await harness.store.load()).length, 1);
});

Deno.test("what comes while the worker stops is refused, and nothing begins any more", async () => {
  const harness = new HerderHarness();
  await harness.put();
  const stopping = harness.herder.shutDown();
  const late = { "connector.class": "FakeSink", topics: "events" };
  await assert.rejects(harness.run(harness.herder.putConnector("late", late)), ConflictException);
  await assert.rejects(harness.run(harness.herder.deleteConnector("people")), ConflictException);
  await harness.run(stopping);
  assert.equal(harness.tasks.length, 1);
  assert.deepEqual((await harness.store.load()).map(({ name }) => name), ["people"]);
});

Deno.test("bad records go to the dead letter queue that the options name, made when the task starts", async () => {
  const harness = new HerderHarness();
  await harness.put({
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "people.dlq",
    "errors.deadletterqueue.topic.replication.factor": "-1",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
  });
  assert.deepEqual(harness.kafka.createdTopics, [{
    topic: "people.dlq",
    partitions: 1,
    replicationFactor: -1,
  }]);
  harness.append('{"a":1}', "not json", "");
  await harness.clock.advance(50);
  assert.equal(harness.tasks[0]?.values.length, 1);
  const letters = harness.kafka.produced.map(({ value }) =>
    JSON.parse(new TextDecoder().decode(value ?? new Uint8Array()))
  );
  assert.deepEqual(letters.map(({ connector, offset, stage }) => [connector, offset, stage]), [
    ["people", 1, "VALUE_CONVERTER"],
    ["people", 2, "VALUE_CONVERTER"],
  ]);
  assert.equal(letters[1]?.rule, "empty_value");
  assert.match(letters[0]?.config_hash, /^[0-9a-f]{32}$/);
  await harness.end();
});

Deno.test("the configuration's hash doesn't depend on order or passwords", async () => {
  const hashes: string[] = [];
  for (const secret of ["one", "two"]) {
    const harness = new HerderHarness();
    await harness.put({
      "fake.secret": secret,
      "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": "dlq",
      "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    });
    harness.append("not json");
    await harness.clock.advance(50);
    const [letter] = harness.kafka.produced;
    hashes.push(JSON.parse(new TextDecoder().decode(letter?.value ?? new Uint8Array())).config_hash);
    await harness.end();
  }
  assert.equal(hashes[0], hashes[1]);
});

Deno.test("plugins are found by class, and connectors also by alias and short name", () => {
  const sink = {
    type: "sink" as const,
    className: "example.FakeSinkConnector",
    aliases: ["io.example.Replaced"],
    version: "1",
    documentation: "",
    config: ConfigDef.of({}),
    taskConfigs: () => [],
    createTask: () => new FakeSinkTask(),
  };
  const plugins = new Plugins([sink], converterPlugins);
  for (const name of ["example.FakeSinkConnector", "io.example.Replaced", "FakeSinkConnector", "FakeSink"]) {
    assert.equal(plugins.find("sink", name), sink, name);
  }
  assert.equal(plugins.find("converter", "JsonConverter"), undefined);
  assert.equal(plugins.list("converter").length, converterPlugins.length);
  assert.throws(() => new Plugins([sink, sink]), /twice/);
});

Deno.test("the log tells what became of a connector, so that it can be read who stopped at what time", async () => {
  const harness = new HerderHarness();
  await harness.put();
  await harness.run(harness.herder.pause("people"));
  await harness.put({ topics: "events,others" });
  await harness.run(harness.herder.deleteConnector("people"));
  const told = harness.logger.lines.filter(({ fields, level }) =>
    fields["connector"] === "people" && level === "info"
  );
  assert.deepEqual(
    told.map(({ message }) => message).filter((message) => /^(Connector|The connector)/.test(message)),
    [
      "Connector's tasks started",
      "The connector changes its state",
      "The connector's configuration has changed",
      "Connector's tasks stopped",
      "Connector's tasks started",
      "Connector's tasks stopped",
      "Connector deleted",
    ],
  );
});

Deno.test("at level debug the log tells each batch and each commit by numbers alone", async () => {
  const harness = new HerderHarness();
  await harness.put({ "offset.flush.interval.ms": "1000" });
  harness.append("s3cret", "s3cret");
  await harness.clock.advance(3_000);
  const lines = harness.logger.lines.filter(({ level }) => level === "debug");
  const batch = lines.find(({ message }) => message === "Batch delivered");
  assert.deepEqual([batch?.fields["records"], batch?.fields["connector"], batch?.fields["task"]], [
    2,
    "people",
    0,
  ]);
  const commit = lines.find(({ message }) => message === "Offsets committed");
  assert.equal(commit?.fields["offsets"], "events-0:2");
  assert.doesNotMatch(harness.logger.text(), /s3cret/);
  await harness.end();
});
