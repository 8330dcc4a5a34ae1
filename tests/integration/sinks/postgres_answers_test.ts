/** A server that answers what PostgreSQL never would: the program reports it and continues. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { systemTime } from "../../../cli/process/system_time.ts";
import {
  int32,
  message,
  type ServedClient,
  startFakePostgres,
  wish,
} from "../../support/fakes/fake_postgres.ts";
import { startTask } from "../../support/programs/program.ts";

const endMsMax = 30_000;
const ready = message("Z", "I");
const parsed = [message("1"), message("t", Buffer.alloc(2))];

const answers: Readonly<Record<string, (client: ServedClient) => Promise<void>>> = {
  "a row description that ends too early": (client) =>
    client.send(...parsed, message("T", Buffer.from([255, 255]), "a\0", Buffer.alloc(18))),
  "a COPY without a request": (client) =>
    client.send(...[
      message("G", Buffer.alloc(3)),
      message("H", Buffer.alloc(3)),
      message("W", Buffer.alloc(3)),
    ]),
  "a second login with iterations without end": (client) =>
    client.send(wish(11, "r=x,s=c2FsdA==,i=2000000000"), ready),
  "a message of 4 GB": async (client) => {
    await client.send(Buffer.concat([Buffer.from("D"), int32(-16)]));
    for (let sent = 0; sent < 64; sent++) await client.send(Buffer.alloc(1024 * 1024));
  },
  "rows without end": async (client) => {
    await client.send(...parsed, message("T", Buffer.from([0, 1]), "a\0", Buffer.alloc(18)), message("2"));
    const row = message("D", Buffer.from([0, 1]), int32(1_000), Buffer.alloc(1_000, 0x78));
    const rows = Buffer.concat(Array.from({ length: 1_000 }, () => row));
    for (;;) await client.send(rows);
  },
};

for (const [what, answer] of Object.entries(answers)) {
  Deno.test(`a database that answers with ${what} is a problem of connection.url`, async () => {
    await using server = startFakePostgres(async (client) => {
      await client.next(); // the startup message
      await client.send(wish(0), ready);
      await client.next();
      await answer(client);
      while (await client.next() !== undefined);
    });
    const folder = await Deno.makeTempDir();
    try {
      const file = join(folder, "answers.json");
      const config = {
        ...{ "connector.class": "PostgresSink", topics: "answers" },
        "connection.url": `postgres://u:p@127.0.0.1:${server.port}/d?sslmode=disable`,
      };
      await Deno.writeTextFile(file, JSON.stringify({ name: "answers", config }));
      await using program = startTask("validate", { args: ["--config", file] });
      const ended = await Promise.race([program.ended, systemTime.sleep(endMsMax)]);
      if (ended === undefined) program.signal("SIGKILL");
      assert.ok(ended !== undefined, "it comes to an end");
      assert.match(
        `${ended.stdout}${ended.stderr}`,
        /connection\.url: Cannot use the database .*: NO_ANSWER/,
      );
      assert.doesNotMatch(ended.stderr, /crashed/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
