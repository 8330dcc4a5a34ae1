/** `sluice start` with the control API, and with health on a port of its own. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { addressOf, endOf, requestsTo } from "../../support/rest/connect_program.ts";
import { runTask, startTask } from "../../support/programs/program.ts";
import { freshName, freshTopics, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

Deno.test("start --rest shows what was given, and what goes wrong over REST doesn't end it", async () => {
  const folder = await Deno.makeTempDir();
  const [topic = ""] = await freshTopics(["lines"], 1);
  const name = freshName("given");
  // Without a file it writes to standard output: `start` may read files and not write them.
  const config = { "connector.class": "FileStreamSink", topics: topic };
  await Deno.writeTextFile(join(folder, "given.json"), JSON.stringify({ name, config }));
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
    CONNECT_LISTENERS: "http://127.0.0.1:0",
    CONNECT_HEALTH_PORT: "0",
  };
  try {
    await using program = startTask("start", {
      args: ["--rest", "--config", join(folder, "given.json")],
      variables,
    });
    const control = requestsTo(await addressOf(program, "The control API listens"));
    const health = requestsTo(await addressOf(program, "Health and metrics listen"));
    const isRunning = ({ text }: { readonly text: string }) =>
      text.includes('"tasks":[{"id":0,"state":"RUNNING"');
    await control.askUntil(`/connectors/${name}/status`, isRunning);

    assert.equal((await health.ask("GET", "/health")).status, 200);
    assert.match((await health.ask("GET", "/metrics")).text, /^kafka_connect_/m);
    for (const path of ["/", "/connectors", "/admin/loggers", "/connector-plugins"]) {
      assert.equal((await health.ask("GET", path)).status, 404, path);
    }

    const wrong = { ...config, file: join(folder, "no/such/folder/lines.txt") };
    const made = await control.ask("POST", "/connectors", { name: "wrong", config: wrong });
    assert.equal(made.status, 201);
    await control.askUntil("/connectors/wrong/status", ({ text }) => text.includes('"state":"FAILED"'));
    await control.askUntil(
      "/health",
      ({ status, text }) => status === 500 && text.includes("Connector wrong"),
    );
    assert.equal((await control.ask("DELETE", "/connectors/wrong")).status, 204);
    await control.askUntil("/health", ({ status }) => status === 200);
    await control.askUntil(`/connectors/${name}/status`, isRunning);

    const taken = await runTask("connect", {
      variables: { ...variables, CONNECT_LISTENERS: listenersOf(program.log()) },
    });
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /Cannot listen on 127\.0\.0\.1:\d+: something else listens there/);
    program.signal("SIGTERM");
    assert.equal((await endOf(program)).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function listenersOf(log: string): string {
  return `http://127.0.0.1:${/"The control API listens".*?"port":(\d+)/.exec(log)?.[1]}`;
}
