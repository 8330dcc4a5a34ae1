/** A broker that a connector names itself doesn't get the worker's login. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { startConnect } from "../../support/rest/connect_program.ts";

/** A broker without access control, on a free port of 127.0.0.1. */
interface ListeningBroker extends AsyncDisposable {
  readonly address: string;
  readonly connections: number;
  /** All received bytes, one character per byte. */
  readonly heard: string;
}

const apiVersions = 18;
const saslHandshake = 17;

/** Starts a broker that supports a mechanism. */
function listeningBroker(mechanism: string): ListeningBroker {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const heard: string[] = [];
  let connections = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      connections += 1;
      open.add(connection);
      void serve(connection, mechanism, heard).finally(() => open.delete(connection));
    }
  })().catch(() => {}); // closed
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    get heard() {
      return heard.join("");
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) connection.close();
      await serving;
    },
  };
}

async function serve(connection: Deno.Conn, mechanism: string, heard: string[]): Promise<void> {
  let rest = new Uint8Array();
  const buffer = new Uint8Array(65_536);
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      heard.push(String.fromCharCode(...buffer.subarray(0, count)));
      rest = Uint8Array.from([...rest, ...buffer.subarray(0, count)]);
      while (rest.length >= 4 && rest.length >= 4 + new DataView(rest.buffer).getUint32(0)) {
        const request = new DataView(rest.buffer, 4);
        const answer = answerTo(request.getInt16(0), mechanism);
        if (answer !== undefined) await connection.write(framed(request.getInt32(4), answer));
        rest = rest.slice(4 + new DataView(rest.buffer).getUint32(0));
      }
    }
  } catch {
    // the client or the test closed it
  }
}

/** Returns an empty answer without error; undefined for later requests, which get none. */
function answerTo(api: number, mechanism: string): Uint8Array | undefined {
  const name = new TextEncoder().encode(mechanism);
  if (api === saslHandshake) return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, name.length, ...name]);
  if (api !== apiVersions) return undefined;
  const versions = Array.from({ length: 40 }, (_, key) => [0, key, 0, 0, 0, 1]);
  return Uint8Array.from([0, 0, 0, 0, 0, versions.length, ...versions.flat(), 0, 0, 0, 0]);
}

function framed(correlation: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + body.length);
  new DataView(frame.buffer).setUint32(0, 4 + body.length);
  new DataView(frame.buffer).setInt32(4, correlation);
  frame.set(body, 8);
  return frame;
}

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
