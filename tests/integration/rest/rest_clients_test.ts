/** Common clients of Kafka Connect, as installed, against the running program. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";
import { installPythonTools } from "../../support/docs/python_tools.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";

const world = await sharedWorld();
const tools = await installPythonTools("kafka-connect-py==1.0.0", "kafka-connect-api==0.5.10");

interface Setup extends AsyncDisposable {
  readonly worker: ConnectProgram;
  readonly name: string;
  readonly topic: string;
  readonly config: Readonly<Record<string, string>>;
}

async function setUp(variables: Readonly<Record<string, string>> = {}): Promise<Setup> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const worker = stack.use(
    await startConnect({
      variables: {
        CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
        CONNECT_OFFSET_FLUSH_INTERVAL_MS: "500",
        ...variables,
      },
    }),
  );
  const [topic = ""] = await freshTopics(["lines"], 1);
  const name = freshName("a connector, with ü");
  const config = {
    "connector.class": "FileStreamSink",
    topics: topic,
    file: join(folder, "lines.txt"),
    "tasks.max": "1",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
  };
  const kept = stack.move();
  return { worker, name, topic, config, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Runs a command of kafka-connect-py. Returns its output, undefined if it is empty. */
async function kc({ worker }: Setup, ...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await tools.run("kc", args, { KAFKA_CONNECT_URL: worker.url });
  assert.equal(code, 0, stderr);
  const text = stdout.trim();
  assert.match(text, /^$|^[{[]|^null$/, `kc ${args.join(" ")} says: ${text}`); // its exit code is always 0
  return text === "" ? undefined : JSON.parse(text);
}

function statePath(name: string): string {
  return `/connectors/${encodeURIComponent(name)}/status`;
}

async function untilState({ worker, name }: Setup, connector: string, task: string | null): Promise<void> {
  await worker.askUntil(statePath(name), ({ text }) => {
    const status = JSON.parse(text);
    return status.connector?.state === connector && (task === null || status.tasks[0]?.state === task);
  });
}

Deno.test("kafka-connect-py as people install it manages a connector from its making to its end", async (test) => {
  await using setup = await setUp();
  const { name, config, topic, worker } = setup;

  await test.step("it sees the worker and its plugins", async () => {
    const info = await kc(setup, "info") as { readonly version: string };
    assert.equal(info.version, "4.3.1");
    const plugins = JSON.stringify(await kc(setup, "list-plugins"));
    assert.match(plugins, /FileStreamSinkConnector/);
  });

  await test.step("it makes, lists and shows the connector", async () => {
    await kc(setup, "create", "-d", JSON.stringify({ name, config }));
    await untilState(setup, "RUNNING", "RUNNING");
    assert.deepEqual(await kc(setup, "list"), [name]);
    assert.deepEqual(await kc(setup, "config", name), { ...config, name });
    const shown = await kc(setup, "get", name) as { readonly tasks: unknown };
    assert.deepEqual(shown.tasks, [{ connector: name, task: 0 }]);
    const listed = await kc(setup, "list", "--expand", "status", "--state", "RUNNING");
    assert.match(JSON.stringify(listed), /RUNNING/);
  });

  await test.step("it pauses, resumes and restarts it, and its task", async () => {
    await kc(setup, "pause", name);
    await untilState(setup, "PAUSED", "PAUSED");
    await kc(setup, "resume", name);
    await untilState(setup, "RUNNING", "RUNNING");
    for (const how of [[], ["--include-tasks"], ["--only-failed"]]) await kc(setup, "restart", ...how, name);
    await untilState(setup, "RUNNING", "RUNNING");
    await kc(setup, "restart-task", name, "0");
    await untilState(setup, "RUNNING", "RUNNING");
    const task = await kc(setup, "task-status", name, "0") as { readonly id: number };
    assert.equal(task.id, 0);
  });

  await test.step("it sees the topics that records came from, and forgets them", async () => {
    const producer = kafkaClient(world.bootstrap).producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: "a line" }] });
    await producer.disconnect();
    await worker.askUntil(
      `/connectors/${encodeURIComponent(name)}/topics`,
      ({ text }) => text.includes(topic),
    );
    assert.deepEqual(await kc(setup, "list-topics", name), { [name]: { topics: [topic] } });
    await kc(setup, "reset-topics", name);
    assert.deepEqual(await kc(setup, "list-topics", name), { [name]: { topics: [] } });
  });

  await test.step("it changes and deletes it", async () => {
    const changed = { ...config, "tasks.max": "2" };
    await kc(setup, "update", name, "-d", JSON.stringify(changed));
    assert.deepEqual(await kc(setup, "config", name), { ...changed, name });
    await kc(setup, "delete", name);
    assert.deepEqual(await kc(setup, "list"), []);
  });
});

const libraryProgram = `
import json, sys, time
from kafka_connect_api import kafka_connect_api as kca
from kafka_connect_api.errors import GenericNotFound

url, name, config = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
user, password = (sys.argv[4].split(":") + [None])[:2] if len(sys.argv) > 4 else (None, None)
cluster = kca.Cluster(kca.Api(url=url, username=user, password=password))

def until(what, holds):
    for _ in range(600):
        if holds(): return
        time.sleep(0.05)
    raise SystemExit("Cannot go on: " + what)

said = {"version": cluster.version, "before": list(cluster.connectors)}
connector = kca.Connector(cluster, name)
try:
    connector.config
except GenericNotFound as error:
    said["unknown"] = error.details[0]["message"]
connector.config = config
said["after"] = list(cluster.connectors)
said["config"] = connector.config
until("it runs", lambda: connector.state == "RUNNING" and connector.tasks and all(t.is_running() for t in connector.tasks))
said["tasks"] = [str(task) for task in connector.tasks]
connector.pause()
until("it pauses", lambda: connector.state == "PAUSED")
connector.resume()
connector.cycle_connector()
until("it runs again", lambda: connector.state == "RUNNING" and all(t.is_running() for t in connector.tasks))
connector.restart()
cluster.root_logger = "DEBUG"
said["level"] = cluster.root_logger["level"]
said["loggers"] = cluster.set_logger_log_level("org.apache.kafka.clients", "ERROR")
connector.delete()
said["end"] = list(cluster.connectors)
print(json.dumps(said))
`;

interface Said {
  readonly [name: string]: unknown;
}

async function runLibrary({ worker, config }: Setup, name: string, ...user: readonly string[]) {
  return await tools.run("python", ["-c", libraryProgram, worker.url, name, JSON.stringify(config), ...user]);
}

Deno.test("kafka-connect-api as people install it does the same, and changes levels of the log", async () => {
  await using setup = await setUp();
  const name = freshName("plain"); // this client doesn't encode names in paths
  const { code, stdout, stderr } = await runLibrary(setup, name);
  assert.equal(code, 0, stderr);
  const said: Said = JSON.parse(stdout);
  assert.deepEqual(said, {
    version: "4.3.1",
    before: [],
    unknown: `Connector ${name} not found`,
    after: [name],
    config: { ...setup.config, name },
    tasks: [`${name}.0`],
    level: "DEBUG",
    loggers: ["org.apache.kafka.clients"],
    end: [],
  });
  assert.match(setup.worker.program.log(), /"level":"DEBUG"/, "the root logger says more now");
});

Deno.test("with a password a client that has it works, and one without is told 401", async () => {
  await using setup = await setUp({
    CONNECT_REST_AUTH_USER: "ops",
    CONNECT_REST_AUTH_PASSWORD: "correct-horse",
  });
  const name = freshName("plain");
  const allowed = await runLibrary(setup, name, "ops:correct-horse");
  assert.equal(allowed.code, 0, allowed.stderr);
  const refused = await runLibrary(setup, name);
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /401/);
});
