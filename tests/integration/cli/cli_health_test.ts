/** `sluice health` against a server that answers like the program. */

import assert from "node:assert/strict";
import { freePort } from "../../../sandbox/machine.ts";
import { runTask } from "../../support/programs/program.ts";

const healthy = { status: "healthy", message: "Worker has completed startup." };
const ask = (port: number) => runTask("health", { variables: { CONNECT_HEALTH_PORT: String(port) } });

Deno.test("health tells what the program answers, and exits as an image's health check wants it", async () => {
  let [status, body] = [200, healthy];
  const paths: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return Response.json(body, { status });
  });
  const good = await ask(server.addr.port);
  assert.deepEqual({ code: good.code, stdout: good.stdout }, {
    code: 0,
    stdout: `${JSON.stringify(healthy)}\n`,
  });
  [status, body] = [503, { status: "unhealthy", message: "Connector people is FAILED" }];
  const bad = await ask(server.addr.port);
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /Connector people is FAILED/);
  assert.deepEqual(paths, ["/health", "/health"]);
});

Deno.test("health says so where nothing answers, and where no port is set", async () => {
  const silent = await ask(freePort());
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /^Nothing answers at 127\.0\.0\.1:\d+ within 5000 ms\n$/);
  const unset = await runTask("health");
  assert.equal(unset.code, 2);
  assert.match(unset.stderr, /^Cannot check health: health\.port is not set/);
});
