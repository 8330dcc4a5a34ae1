/** The authorization server, asked with the permissions that the program has. */

import assert from "node:assert/strict";
import tls from "node:tls";
import { systemTime } from "../../../../../cli/process/system_time.ts";
import { Password } from "../../../../../connect/api/config_def.ts";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { askEndpoint } from "../../../../../connect/kafka/security/token_endpoint.ts";

const certificate = (name: string) =>
  Deno.readTextFileSync(new URL(`../../../../support/tls/${name}`, import.meta.url));
const [cert, key, root] = [certificate("server.pem"), certificate("server.key"), certificate("root.pem")];
const answerText = JSON.stringify({ access_token: "t0ken", expires_in: 60 });
const answerHead = `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${answerText.length}`;

for (
  const { trust, title } of [
    { trust: null, title: "the system's trust store is used where none is named" },
    { trust: { option: "ssl.truststore.certificates", pem: root }, title: "a trust store is used" },
  ]
) {
  Deno.test({
    name: `${title}, and no permission of the program is missing`,
    permissions: { net: true, sys: ["hostname"] },
    fn: async () => {
      const server = tls.createServer({ cert, key }, (socket) => {
        socket.on("error", () => {}); // a client that doesn't trust us hangs up
        socket.once("data", () => socket.end(`${answerHead}\r\n\r\n${answerText}`));
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", () => done()));
      const address = server.address();
      const port = typeof address === "object" ? address?.port : undefined;
      try {
        const asked = askEndpoint({
          kind: "endpoint",
          extensions: {},
          url: new URL(`https://localhost:${port}/token`),
          clientId: "sluice",
          clientSecret: new Password("secret"),
          scope: null,
          encodesHeader: false,
          timeoutMs: 10_000,
          tls: { trust, identity: null, checksHost: true, versions: { min: "TLSv1.2", max: "TLSv1.3" } },
        }, systemTime);
        if (trust !== null) return assert.equal((await asked).token, "t0ken");
        await assert.rejects(asked, (error) => {
          assert.ok(error instanceof ConfigException, String(error));
          assert.match(error.message, /TLS refused, .*not signed by one that is trusted/);
          return true;
        });
      } finally {
        await new Promise((done) => server.close(done));
      }
    },
  });
}
