/** The program runs and answers health checks, however many idle connections there are. */

import assert from "node:assert/strict";
import { systemTime } from "../../../cli/process/system_time.ts";
import { addressOf, startConnect } from "../../support/rest/connect_program.ts";
import { rawRequest } from "../../support/rest/raw_http.ts";

const waitMsMax = 30_000;
/** Fewer files than both listeners' connections need. */
const filesMax = 200;
const connections = 400;

const variables = {
  CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
  CONNECT_HEALTH_PORT: "0",
  CONNECT_HEALTH_CONNECTIONS_MAX: "300",
  CONNECT_REST_AUTH_USER: "ops",
  CONNECT_REST_AUTH_PASSWORD: "idle",
};

for (const where of ["The control API listens", "Health and metrics listen"]) {
  Deno.test(`idle connections, more than there may be files: "${where}"`, async () => {
    await using worker = await startConnect({ variables, filesMax });
    const port = Number(new URL(await addressOf(worker.program, where)).port);
    const open: Deno.TcpConn[] = [];
    try {
      for (let index = 0; index < connections; index++) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port });
        open.push(connection);
        await connection.write(new TextEncoder().encode("GET /health HTTP/1.1\r\nHost: localhost\r\nX: "));
      }
      await until(() => /Cannot accept a connection.*EMFILE/.test(worker.program.log()));
      assert.equal((await rawRequest(port, { method: "GET", path: "/health" })).status, 200);
    } finally {
      for (const connection of open) connection.close();
    }
    const isAgain = () => worker.program.log().includes("Connections are accepted again");
    for (const endMs = systemTime.monotonic() + waitMsMax; !isAgain(); await systemTime.sleep(200)) {
      assert.ok(systemTime.monotonic() < endMs, worker.program.log());
      assert.equal((await rawRequest(port, { method: "GET", path: "/health" })).status, 200);
    }
  });
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = systemTime.monotonic() + waitMsMax;
  while (!isSo()) {
    assert.ok(systemTime.monotonic() < endMs, "it never came to that");
    await systemTime.sleep(50);
  }
}
