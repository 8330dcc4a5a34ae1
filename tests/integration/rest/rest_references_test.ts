/**
 * References in configurations over REST: where they are allowed, what they may read, and that no answer shows their
 * values.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type ConnectWorker, startRawConnect } from "../../support/rest/connect_worker.ts";

const secret = "ENVSECRET-99";
const file = { "connector.class": "FileStreamSink", topics: "a" };
const database = {
  "connector.class": "PostgresSink",
  topics: "a",
  "connection.url": "postgres://w@127.0.0.1:1/bank2",
};
const consumer = "consumer.override.";

interface Told {
  readonly status: number;
  readonly text: string;
}

async function post(worker: ConnectWorker, config: Readonly<Record<string, string>>): Promise<Told> {
  const body = { name: "made", config, initial_state: "STOPPED" };
  const answer = await worker.call("POST", "/connectors", body);
  if (answer.status === 201) await worker.call("DELETE", "/connectors/made");
  return answer;
}

async function validate(worker: ConnectWorker, config: Readonly<Record<string, string>>): Promise<Told> {
  const path = `/connector-plugins/${config["connector.class"]}/config/validate`;
  return await worker.call("PUT", path, { name: "made", ...config });
}

const reference = "${env:SEC_ALLOWED}";
/** Options for names, numbers or classes. */
const elsewhere: readonly Readonly<Record<string, string>>[] = [
  { ...file, topics: reference },
  { ...file, topics: "", "topics.regex": reference },
  { ...file, transforms: reference },
  { ...file, predicates: reference },
  { ...file, "tasks.max": reference },
  { ...file, "errors.tolerance": reference },
  { ...file, "errors.deadletterqueue.topic.name": reference },
  { ...file, "value.converter": reference },
  { ...file, "connector.plugin.version": reference },
  { ...file, file: `/tmp/${reference}` },
  { ...file, transforms: "t", "transforms.t.type": reference },
  {
    ...file,
    transforms: "t",
    "transforms.t.type": "org.apache.kafka.connect.transforms.HoistField$Value",
    "transforms.t.field": reference,
  },
  { ...file, [`${consumer}client.id`]: reference },
  { ...file, [`${consumer}group.id`]: reference },
  { ...file, [`${consumer}max.poll.records`]: reference },
  { ...file, [`${consumer}sasl.mechanism`]: reference },
  { ...database, "table.name.format": `t_${reference}` },
  { ...database, "pk.fields": reference },
  { ...database, "egress.columns": reference },
  { ...database, "connection.url": `postgres://w@127.0.0.1:1/bank2?application_name=${reference}` },
  { ...database, "connection.url": `postgres://w@127.0.0.1:1/bank2?search_path=${reference}` },
  { ...file, "no.such.option": reference },
];
/** Options that accept references. */
const taken: readonly Readonly<Record<string, string>>[] = [
  { ...database, "connection.password": reference },
  { ...database, "connection.user": reference },
  { ...database, "connection.url": `postgres://w:${reference}@127.0.0.1:1/bank2` },
  { ...database, "connection.url": `postgres://w@127.0.0.1:1/bank2?password=${reference}` },
  { ...database, "connection.url": `postgres://w@${reference}:1/bank2` },
  { ...database, "connection.url": `postgres://w@127.0.0.1:1/${reference}` },
  { ...file, [`${consumer}bootstrap.servers`]: `${reference}:9092` },
  { ...file, [`${consumer}sasl.jaas.config`]: `x required username="u" password="${reference}";` },
  { ...file, [`${consumer}sasl.oauthbearer.client.credentials.client.id`]: reference },
];

Deno.test("references that come over REST", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const [storage, secrets] = [join(folder, "connectors"), join(folder, "secrets")];
  await Deno.mkdir(storage);
  await Deno.mkdir(secrets);
  await Deno.writeTextFile(join(secrets, "db.properties"), `password=${secret}\n`);
  await Deno.writeTextFile(join(folder, "outside.pem"), "pem");
  const stored = { ...file, topics: reference, file: join(folder, "out.txt"), name: "stored" };
  const text = JSON.stringify({ name: "stored", target_state: "PAUSED", config: stored });
  await Deno.writeTextFile(join(storage, "stored.json"), text);
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    CONNECT_CONFIG_STORAGE_DIR: storage,
    CONNECT_ALLOWED_PATHS: `${secrets}@db.example`,
    CONNECT_CONFIG_PROVIDERS_ENV_ALLOW: "SEC_ALLOWED,DB_URL,BOUND@db.example:5432,BOUND@kafka.example",
    SEC_ALLOWED: secret,
    BOUND: secret,
    DB_URL: `postgres://w@127.0.0.1:1/bank2?sslmode=verify-full&sslrootcert=${folder}/outside.pem`,
  };
  try {
    await using worker = await startRawConnect({ variables });
    await t.step("stand in secrets, addresses and login names", () => places(worker));
    await t.step("keep running where they were stored, with a warning", () => storedOnes(worker));
    await t.step("go only to the hosts that the worker binds them to", () => bound(worker, secrets));
    await t.step(
      "name files outside of allowed.paths, which a configuration alone may not",
      () => files(worker, folder),
    );
    await t.step("show up in no status", () => statuses(worker));
    assert.ok(!worker.program.log().includes(secret), "the log shows the secret");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function places(worker: ConnectWorker): Promise<void> {
  for (const config of elsewhere) {
    for (const answer of [await post(worker, config), await validate(worker, config)]) {
      assert.ok(!answer.text.toUpperCase().includes(secret), `${JSON.stringify(config)}: ${answer.text}`);
      assert.match(answer.text, /References are allowed only in secrets, addresses and login names/);
    }
    assert.equal((await post(worker, config)).status, 400);
  }
  for (const config of taken) {
    const made = await post(worker, config);
    assert.equal(made.status, 201, made.text);
    const checked = await validate(worker, config);
    for (const { text } of [made, checked]) assert.ok(!text.toUpperCase().includes(secret), text);
    assert.ok(checked.text.includes(reference) || checked.text.includes("********"), checked.text);
  }
}

async function storedOnes(worker: ConnectWorker): Promise<void> {
  const log = worker.program.log();
  assert.match(
    log,
    /It runs as it was stored; its next change is refused: Invalid value \$\{env:SEC_ALLOWED\}/,
  );
  const patched = await worker.call("PATCH", "/connectors/stored/config", { "tasks.max": "2" });
  assert.equal(patched.status, 400);
  assert.match(patched.text, /for configuration topics: References are allowed/);
  assert.equal((await worker.call("PUT", "/connectors/stored/resume")).status, 202);
}

async function bound(worker: ConnectWorker, secrets: string): Promise<void> {
  const at = (host: string, password: string) => ({
    ...database,
    "connection.url": `postgres://w@${host}/bank2`,
    "connection.password": password,
  });
  const ofFile = `\${file:${secrets}/db.properties:password}`;
  const jaas = 'x.PlainLoginModule required username="u" password="${env:BOUND}";';
  const kafka = (servers: string) => ({
    ...file,
    [`${consumer}bootstrap.servers`]: servers,
    [`${consumer}security.protocol`]: "SASL_SSL",
    [`${consumer}sasl.mechanism`]: "PLAIN",
    [`${consumer}sasl.jaas.config`]: jaas,
  });
  const right = [at("db.example", "${env:BOUND}"), at("db.example", ofFile), kafka("kafka.example:9092")];
  for (const config of right) assert.equal((await post(worker, config)).status, 201, JSON.stringify(config));
  const wrong = [
    at("thief", "${env:BOUND}"),
    at("db.example:5433", "${env:BOUND}"),
    at("db.example,thief", "${env:BOUND}"),
    at("db.example@thief", "${env:BOUND}"),
    at("thief?host=db.example&host=thief", "${env:BOUND}"),
    at("thief", ofFile),
    kafka("kafka.example:9092,thief:9092"),
    kafka("kafka.example.thief:9092"),
    { ...database, "connection.url": "postgres://w:${env:BOUND}@thief/bank2" },
    { ...file, "errors.deadletterqueue.key.secret": "${env:BOUND}" },
  ];
  for (const config of wrong) {
    const { status, text } = await post(worker, config);
    assert.equal(status, 400, JSON.stringify(config));
    assert.match(text, /Cannot use \$\{\S+\} of \S+: the worker binds it to (db|kafka)\.example/);
  }
}

async function files(worker: ConnectWorker, folder: string): Promise<void> {
  const outside = join(folder, "outside.pem");
  const inside = join(folder, "secrets", "ca.pem");
  const token = (url: string) => ({
    ...file,
    [`${consumer}security.protocol`]: "SASL_SSL",
    [`${consumer}sasl.mechanism`]: "OAUTHBEARER",
    [`${consumer}sasl.jaas.config`]: "x.OAuthBearerLoginModule required;",
    [`${consumer}sasl.oauthbearer.token.endpoint.url`]: url,
  });
  const tls = (option: string, path: string) => ({
    ...file,
    [`${consumer}security.protocol`]: "SSL",
    [`${consumer}${option}`]: path,
  });
  const sink = (parameters: string) => ({
    ...database,
    "connection.url": `postgres://w@127.0.0.1:1/bank2?${parameters}`,
  });
  const idp = token("https://idp/token");
  const trusted = (path: string) => ({
    ...idp,
    [`${consumer}sasl.jaas.config`]: "x.OAuthBearerLoginModule required clientId=a clientSecret=b " +
      `ssl.truststore.location='${path}';`,
  });
  const cases = (path: string) => [
    token(`file://${path}`),
    tls("ssl.truststore.location", path),
    tls("ssl.keystore.location", path),
    trusted(path),
    sink(`sslmode=verify-full&sslrootcert=${path}`),
    sink(`sslmode=require&sslcert=${path}&sslkey=${path}`),
  ];
  for (const config of [...cases(inside), { ...database, "connection.url": "${env:DB_URL}" }]) {
    const made = await post(worker, config);
    assert.equal(made.status, 201, made.text);
  }
  for (const config of [...cases(outside), ...cases(join(folder, "secrets/../outside.pem"))]) {
    const { status, text } = await post(worker, config);
    assert.equal(status, 400, JSON.stringify(config));
    assert.match(text, /The file that it names isn't below the worker's allowed\.paths/);
  }
}

async function statuses(worker: ConnectWorker): Promise<void> {
  const config = { ...file, [`${consumer}bootstrap.servers`]: reference };
  const made = await worker.call("POST", "/connectors", { name: "shown", config });
  assert.equal(made.status, 201, made.text);
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { text } = await worker.call("GET", "/connectors/shown/status");
    assert.ok(!text.includes(secret), text);
    if (text.includes("FAILED")) {
      assert.match(text, /Invalid url in bootstrap\.servers: \$\{env:SEC_ALLOWED\}/);
      return;
    }
    assert.ok(performance.now() < deadline, text);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
