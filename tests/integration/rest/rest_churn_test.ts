/** The short form of the run with 200 connectors and 20 clients in `deno task chaos`. */

import assert from "node:assert/strict";
import { systemTime } from "../../../cli/process/system_time.ts";
import { churn, residentBytes, tracesAfter, tracesOf } from "../../support/rest/rest_churn.ts";
import { churnWorld } from "../../support/rest/rest_churn_world.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();
const waves = 3;
/** In the first wave the runtime compiles and its heap grows. */
const warmUpWaves = 2;
const growthMiBMax = 10;
const quietMs = 1_000;

Deno.test("connectors that parallel clients made, changed and deleted leave no member, connection, session or file", async () => {
  await using database = await freshDatabase();
  const prefix = freshName("churn");
  await using world = await churnWorld({ bootstrap, databaseUrl: database.url, prefix });
  const idle = await tracesOf(world.places);
  const memory: number[] = [];
  for (let wave = 1; wave <= waves; wave++) {
    const options = { ...world, connectors: 20, clients: 5, prefix: `${prefix}-${wave}` };
    assert.deepEqual(await churn(options), []);
    const after = await tracesAfter(world.places, idle);
    for (const [name, count] of Object.entries(after)) {
      const before = Object.entries(idle).find(([known]) => known === name)?.[1] ?? 0;
      assert.ok(count <= before, `${name}: ${before} before, ${count} after wave ${wave}`);
    }
    await systemTime.sleep(quietMs);
    memory.push(await residentBytes(world.places.pid) / 2 ** 20);
  }
  const growth = (memory.at(-1) ?? 0) - (memory[warmUpWaves - 1] ?? 0);
  assert.ok(
    growth <= growthMiBMax,
    `MiB after each wave: ${memory.map((size) => size.toFixed(1)).join(", ")}`,
  );
});
