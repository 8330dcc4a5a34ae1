/** A connector that names a broker of its own doesn't get the worker's login there. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { startConnect } from "../support/connect_program.ts";
import { listeningBroker } from "../support/listening_broker.ts";

const secret = "FILESECRET-77";
const kinds = ["consumer", "producer", "admin"] as const;

Deno.test("a connector names a broker, and the worker's password stays with the worker's brokers", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const [storage, secrets] = [join(folder, "connectors"), join(folder, "secrets")];
  for (const path of [storage, secrets]) await Deno.mkdir(path);
  await Deno.writeTextFile(join(secrets, "kafka.properties"), `password=${secret}\n`);
  await using broker = listeningBroker("PLAIN");
  const overrides = (kind: string) => ({
    [`${kind}.override.bootstrap.servers`]: broker.address,
    [`${kind}.override.security.protocol`]: "SASL_PLAINTEXT",
  });
  const base = { "connector.class": "FileStreamSink", topics: "a", file: join(folder, "out.txt") };
  const stored = { ...base, ...overrides("consumer"), ...overrides("admin"), name: "stored" };
  const text = JSON.stringify({ name: "stored", target_state: "STARTED", config: stored });
  await Deno.writeTextFile(join(storage, "stored.json"), text);
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    CONNECT_CONFIG_STORAGE_DIR: storage,
    CONNECT_ALLOWED_PATHS: secrets,
    CONNECT_SECURITY_PROTOCOL: "SASL_SSL",
    CONNECT_SASL_MECHANISM: "PLAIN",
    CONNECT_SASL_JAAS_CONFIG: "org.apache.kafka.common.security.plain.PlainLoginModule required " +
      `username="sluice" password="\${file:${secrets}/kafka.properties:password}";`,
  };
  try {
    await using worker = await startConnect({ variables });
    for (const kind of kinds) {
      await t.step(`${kind}.override.bootstrap.servers`, async () => {
        const config = { ...base, ...overrides(kind) };
        const made = await worker.ask("POST", "/connectors", { name: "d2", config });
        assert.equal(made.status, 400, made.text);
        assert.match(made.text, new RegExp(`Missing ${kind}\\.override\\.sasl\\.jaas\\.config: `));
      });
    }
    await t.step("a connector that was stored before is FAILED and says what is missing", async () => {
      const isFailed = ({ text }: { readonly text: string }) => text.includes('"FAILED"');
      const status = await worker.askUntil("/connectors/stored/status", isFailed);
      assert.match(status.text, /Missing sasl\.jaas\.config/);
    });
    await t.step("with a login of its own it goes there with that", async () => {
      const own = 'x.PlainLoginModule required username="own" password="OWN-1";';
      const config = { ...base, ...overrides("consumer"), "consumer.override.sasl.jaas.config": own };
      const made = await worker.ask("POST", "/connectors", { name: "own", config });
      assert.equal(made.status, 201, made.text);
      await worker.askUntil("/health", () => broker.heard.includes("OWN-1"));
    });
    assert.ok(!broker.heard.includes(secret), "the broker was told the worker's password");
    assert.ok(!worker.program.log().includes(secret), "the log shows the worker's password");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
