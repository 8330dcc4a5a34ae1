/** Some hundred fuzzed requests over a real socket; ten thousand are in the unit tests and in `deno task chaos`. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { startConnect } from "../../support/rest/connect_program.ts";
import { fuzzSecret } from "../../support/rest/rest_fuzz.ts";
import { fuzzOverSocket, sendGarbage } from "../../support/rest/rest_fuzz_socket.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();
const seed = 7;

Deno.test("the program answers fuzzed requests and bytes that are no HTTP, and goes on as if nothing had been", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const [topic = ""] = await freshTopics(["events"], 1);
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
    CONNECT_CONFIG_STORAGE_DIR: join(folder, "store"),
  };
  const worker = stack.use(await startConnect({ variables }));
  const prefix = freshName("fuzz");
  const names = ["a", "b c", "ü", "%2e"].map((name) => `${prefix}${name}`);
  const { problems } = await fuzzOverSocket({
    port: Number(new URL(worker.url).port),
    pid: worker.program.pid,
    seed,
    requests: 600,
    names,
    config: {
      "connector.class": "FileStreamSink",
      topics: topic,
      file: join(folder, "out.txt"),
      "consumer.override.sasl.jaas.config": fuzzSecret,
    },
  });
  assert.deepEqual(problems, []);
  await sendGarbage(Number(new URL(worker.url).port), seed, 50);
  assert.doesNotMatch(worker.program.log(), new RegExp(fuzzSecret));
  assert.doesNotMatch(worker.program.log(), /"level":"FATAL"|Uncaught/);
  const left = JSON.parse((await worker.ask("GET", "/connectors")).text);
  for (const name of left) {
    assert.equal(
      (await worker.ask("DELETE", `/connectors/${encodeURIComponent(name)}`)).status,
      204,
      JSON.stringify(name),
    );
  }
  assert.equal((await worker.ask("GET", "/health")).status, 200);
});
