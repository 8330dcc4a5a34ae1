/** Who may use the control API, what it shows, and what it always refuses. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type ConnectWorker, startRawConnect } from "../../support/rest/connect_worker.ts";
import { runTask } from "../../support/programs/program.ts";
import { rawRequest } from "../../support/rest/raw_http.ts";

const secret = "s3cret-of-bank-2";
/** No test here needs Kafka: all connectors are stopped. */
const noKafka = { CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1" };

/** One changing request of each kind; each is refused before its connector is looked up. */
const changes: readonly (readonly [string, string])[] = [
  ["POST", "/connectors"],
  ["PUT", "/connectors/orders/config"],
  ["PATCH", "/connectors/orders/config"],
  ["DELETE", "/connectors/orders"],
  ["PUT", "/connectors/orders/pause"],
  ["POST", "/connectors/orders/restart"],
  ["PUT", "/connectors/orders/topics/reset"],
  ["PATCH", "/connectors/orders/offsets"],
  ["DELETE", "/connectors/orders/offsets"],
  ["PUT", "/admin/loggers/root"],
  ["DELETE", "/ui/connectors/orders/erasures?last=1"],
];

interface Answered {
  readonly status: number;
  readonly body: { readonly message?: string; readonly config?: Readonly<Record<string, string>> };
}

async function ask(worker: ConnectWorker, method: string, path: string, body?: unknown): Promise<Answered> {
  const { status, text } = await worker.call(method, path, body);
  assert.ok(!text.includes(secret), `${method} ${path} shows the secret`);
  return { status, body: text === "" ? {} : JSON.parse(text) };
}

Deno.test("beyond loopback the control API isn't opened without a password, unless somebody insists", async () => {
  const everywhere = { ...noKafka, CONNECT_LISTENERS: "http://0.0.0.0:0" };
  const refused = await runTask("connect", { variables: everywhere });
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /Cannot listen on 0\.0\.0\.0:0 without a password: set rest\.auth\.user and rest\.auth\.password, .*--rest-open/,
  );
  const half = await runTask("connect", { variables: { ...everywhere, CONNECT_REST_AUTH_USER: "ops" } });
  assert.equal(half.code, 2);
  assert.match(half.stderr, /set both rest\.auth\.user and rest\.auth\.password, or neither/);
  await using open = await startRawConnect({ variables: everywhere, args: ["--rest-open"] });
  assert.equal((await open.call("GET", "/connectors")).status, 200);
});

Deno.test("a page under a forged name gets nowhere, at any listener and in any mode", async (t) => {
  const modes: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ["open", { CONNECT_LISTENERS: "http://0.0.0.0:0" }, ["--rest-open"]],
    ["open and on loopback", { CONNECT_LISTENERS: "http://0.0.0.0:0,http://127.0.0.1:0" }, ["--rest-open"]],
    ["on loopback", { CONNECT_LISTENERS: "http://127.0.0.1:0" }, []],
    ["with a password", { CONNECT_REST_AUTH_USER: "ops", CONNECT_REST_AUTH_PASSWORD: secret }, []],
  ];
  for (const [mode, variables, args] of modes) {
    await t.step(mode, async () => {
      const names = {
        CONNECT_REST_ADVERTISED_HOST_NAME: "sluice.example",
        CONNECT_REST_ALLOWED_HOSTS: "a.b,c.d",
      };
      const open = { ...noKafka, CONNECT_LISTENERS: "http://127.0.0.1:0", CONNECT_HEALTH_PORT: "0" };
      await using worker = await startRawConnect({ variables: { ...open, ...names, ...variables }, args });
      const ports = worker.program.log().matchAll(/"message":"[^"]* listens?".*?"port":(\d+)/g);
      const all = [...ports].map(([, port]) => Number(port));
      assert.equal(all.length, mode.includes("and") ? 3 : 2, worker.program.log());
      for (const port of all) await forged(port);
    });
  }
});

/** Host and origin agree in a forged request too, so agreement proves nothing. */
async function forged(port: number): Promise<void> {
  const config = { "connector.class": "FileStreamSink", topics: "a" };
  for (
    const host of ["evil.example", "evil.example.", "sluice.example.evil", "1.2.3.4.evil", "0x7f.1", "[evil]"]
  ) {
    const headers = {
      Host: `${host}:8083`,
      Origin: `http://${host}:8083`,
      "Content-Type": "application/json",
    };
    const body = JSON.stringify({ name: "forged", config, initial_state: "STOPPED" });
    const requests = [
      { method: "POST", path: "/connectors", body },
      { method: "DELETE", path: "/connectors/forged" },
      { method: "DELETE", path: "/ui/connectors/forged/erasures?last=1" },
      { method: "GET", path: "/connectors" },
      { method: "GET", path: "/health" },
      { method: "GET", path: "/metrics" },
    ];
    for (const request of requests) {
      const { status } = await rawRequest(port, { ...request, headers });
      assert.equal(status, 403, `${request.method} ${request.path} of ${host}`);
    }
  }
  for (
    const host of [
      "127.0.0.1",
      "10.1.2.3:8083",
      "[::1]:8083",
      "localhost",
      "SLUICE.example:80",
      "a.b",
      "c.d:1",
    ]
  ) {
    const { status } = await rawRequest(port, { method: "GET", path: "/health", headers: { Host: host } });
    assert.equal(status, 200, host);
  }
}

Deno.test("with a password everything but /health asks for it", async () => {
  const variables = {
    ...noKafka,
    CONNECT_LISTENERS: "http://0.0.0.0:0",
    CONNECT_REST_AUTH_USER: "ops",
    CONNECT_REST_AUTH_PASSWORD: secret,
  };
  await using worker = await startRawConnect({ variables });
  const withPassword = (password: string) => ({ Authorization: `Basic ${btoa(`ops:${password}`)}` });
  for (const path of ["/", "/connectors", "/metrics", "/nope", "/admin/loggers", "/health/../connectors"]) {
    const answer = await worker.call("GET", path);
    assert.equal(answer.status, 401, path);
    assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic realm=/);
    assert.equal((await worker.call("GET", path, undefined, withPassword("guess"))).status, 401, path);
  }
  for (const [method, path] of changes) {
    assert.equal((await worker.call(method, path)).status, 401, `${method} ${path}`);
    const guessed = await worker.call(method, path, undefined, withPassword("guess"));
    assert.equal(guessed.status, 401, `${method} ${path}`);
  }
  assert.equal((await worker.call("GET", "/connectors", undefined, withPassword(secret))).status, 200);
  assert.equal((await worker.call("GET", "/health")).status, 200);
  assert.ok(!worker.program.log().includes(secret));
});

Deno.test("the control API of a machine's own shows no secret and does nothing for strangers", async (t) => {
  const folder = await Deno.makeTempDir();
  const variables = {
    ...noKafka,
    CONNECT_CONFIG_STORAGE_DIR: join(folder, "connectors"),
    CONNECT_FILE_SINK_DIR: join(folder, "files"),
    CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "ORDERS_PASSWORD",
    ORDERS_PASSWORD: secret,
    OTHER_SECRET: secret,
  };
  try {
    await using worker = await startRawConnect({ variables });
    await t.step(
      "passwords are masked, and the mask that is sent back is the password",
      () => masked(worker, folder),
    );
    await t.step("references are looked up only where the worker allows", () => references(worker));
    await t.step("a file is written only below file.sink.dir", () => files(worker, folder));
    await t.step("bodies are bounded", () => bodies(worker));
    await t.step("other origins and forged names change nothing", () => strangers(worker));
    assert.ok(!worker.program.log().includes(secret), "the log shows the secret");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const orders = {
  "connector.class": "PostgresSink",
  topics: "orders",
  "connection.url": `postgres://writer:${secret}@127.0.0.1:1/bank2`,
  "connection.password": secret,
  "consumer.override.sasl.jaas.config": `org.x.PlainLoginModule required password="${secret}";`,
  "x.api.key": secret,
};

async function masked(worker: ConnectWorker, folder: string): Promise<void> {
  const made = await ask(worker, "POST", "/connectors", {
    name: "orders",
    config: orders,
    initial_state: "STOPPED",
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.body.config?.["connection.password"], "********");
  assert.equal(made.body.config?.["connection.url"], "postgres://writer:********@127.0.0.1:1/bank2");
  const { status, body: shown } = await ask(worker, "GET", "/connectors/orders/config");
  assert.equal(status, 200);
  for (
    const path of ["orders", "orders/status", "orders/tasks", "orders/topics", "?expand=info&expand=status"]
  ) {
    assert.equal((await ask(worker, "GET", `/connectors/${path}`)).status, 200, path);
  }
  const stored = async () =>
    JSON.parse(await Deno.readTextFile(join(folder, "connectors", "orders.json"))).config;
  assert.equal(
    (await ask(worker, "PUT", "/connectors/orders/config", { ...shown, "tasks.max": "2" })).status,
    200,
  );
  assert.deepEqual(await stored(), { ...orders, name: "orders", "tasks.max": "2" });
  assert.equal(
    (await ask(worker, "PATCH", "/connectors/orders/config", { ...shown, "tasks.max": "3" })).status,
    200,
  );
  assert.deepEqual(await stored(), { ...orders, name: "orders", "tasks.max": "3" });
  const checked = await worker.call("PUT", "/connector-plugins/PostgresSink/config/validate", shown);
  assert.doesNotMatch(checked.text, /It is masked/);
  assert.ok(!checked.text.includes(secret));
  const elsewhere = { ...shown, "connection.url": "postgres://writer:********@thief/bank2" };
  const refused = await ask(worker, "PUT", "/connectors/orders/config", elsewhere);
  assert.equal(refused.status, 400);
  assert.match(refused.body.message ?? "", /connection\.password: It is masked; expected the real value/);
  const other = await ask(worker, "POST", "/connectors", {
    name: "other",
    config: { ...shown, name: "other" },
  });
  assert.equal(other.status, 400, "a new connector has no stored secret");
}

async function references(worker: ConnectWorker): Promise<void> {
  const config = { ...orders, "connection.url": "postgres://writer@127.0.0.1:1/bank2" };
  const make = (name: string, reference: string) =>
    ask(worker, "POST", "/connectors", {
      name,
      config: { ...config, "connection.password": reference },
      initial_state: "STOPPED",
    });
  const allowed = await make("allowed", "${env:ORDERS_PASSWORD}");
  assert.equal(allowed.status, 201, JSON.stringify(allowed.body));
  assert.equal(allowed.body.config?.["connection.password"], "${env:ORDERS_PASSWORD}");
  for (const reference of ["${env:OTHER_SECRET}", "${file:/etc/passwd:root}", "${dir:/etc:passwd}"]) {
    const refused = await make("refused", reference);
    assert.equal(refused.status, 400, reference);
    assert.match(refused.body.message ?? "", /connection\.password/);
  }
}

async function files(worker: ConnectWorker, folder: string): Promise<void> {
  const make = (file: string) =>
    ask(worker, "POST", "/connectors", {
      name: "lines",
      config: { "connector.class": "FileStreamSink", topics: "orders", file },
      initial_state: "STOPPED",
    });
  for (
    const file of ["/etc/cron.d/lines", join(folder, "files/../connectors/lines.json"), join(folder, "files")]
  ) {
    const refused = await make(file);
    assert.equal(refused.status, 400, file);
    assert.match(refused.body.message ?? "", /isn't below the worker's file\.sink\.dir/);
  }
  assert.equal((await make(join(folder, "files/lines.txt"))).status, 201);
}

async function bodies(worker: ConnectWorker): Promise<void> {
  const body = JSON.stringify({ name: "long", config: { x: "y".repeat(1024 * 1024) } });
  const path = "/connectors";
  const long = await rawRequest(worker.port, {
    method: "POST",
    path,
    headers: { "Content-Type": "application/json" },
    body,
  });
  assert.equal(long.status, 413);
  assert.match(long.text, /more than 1048576 bytes/);
  const malformed = await rawRequest(worker.port, {
    method: "POST",
    path,
    headers: { "Content-Type": "application/json" },
    body: `{"name": "${secret}`,
  });
  assert.equal(malformed.status, 400);
  assert.ok(!malformed.text.includes(secret));
}

async function strangers(worker: ConnectWorker): Promise<void> {
  for (const origin of ["https://evil.example", "null", `https://127.0.0.1:${worker.port}`]) {
    for (const [method, path] of changes) {
      const { status } = await worker.call(method, path, undefined, { Origin: origin });
      assert.equal(status, 403, `${method} ${path} from ${origin}`);
      const asked = await worker.call("OPTIONS", path, undefined, { Origin: origin });
      const allowing = [...asked.headers.keys()].filter((name) => name.startsWith("access-control-"));
      assert.deepEqual(allowing, [], `a browser that asks first is told nothing about ${path}`);
    }
  }
  assert.equal(
    (await worker.call("GET", "/connectors", undefined, { Host: "evil.example:8083" })).status,
    403,
  );
  assert.equal((await worker.call("GET", "/connectors/orders")).status, 200);
}
