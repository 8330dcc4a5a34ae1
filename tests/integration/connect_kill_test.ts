/** A worker that is killed forgets nothing that it has acknowledged. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigClient } from "../support/config_changes.ts";
import { startRawConnect } from "../support/connect_worker.ts";
import { Random } from "../support/random.ts";

const seed = 20_260_817;
const clientCount = 8;
const changesMin = 1_000;
/** Changes that are acknowledged before the next kill. */
const lifeChanges = [37, 260, 121, 402, 180] as const;

Deno.test("a worker killed in the middle of 1,000 changes has every acknowledged one after its restart", async () => {
  const random = new Random(seed);
  const folder = await Deno.makeTempDir();
  const clients = Array.from({ length: clientCount }, (_, index) => new ConfigClient(index, random));
  const options = {
    // No Kafka: what is stopped or paused from the start needs none.
    variables: {
      CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      CONNECT_CONFIG_STORAGE_DIR: join(folder, "connectors"),
    },
  };
  let acknowledged = 0;
  try {
    for (const changes of lifeChanges) {
      await using worker = await startRawConnect(options);
      for (const client of clients) await client.verify(worker);
      let left: number = changes;
      await Promise.all(clients.map(async (client) => {
        while (await client.change(worker)) {
          acknowledged += 1;
          left -= 1;
          if (left === 0) worker.program.signal("SIGKILL");
        }
      }));
      assert.doesNotMatch(worker.program.log(), /Cannot read a stored connector/);
    }
    await using worker = await startRawConnect(options);
    for (const client of clients) await client.verify(worker);
    assert.doesNotMatch(worker.program.log(), /Cannot read a stored connector/);
    assert.ok(acknowledged >= changesMin, `${acknowledged} changes were acknowledged`);
    console.log(`${acknowledged} acknowledged changes, ${lifeChanges.length} kills, seed ${seed}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
