import assert from "node:assert/strict";
import { holdToTheLaw } from "../../support/sinks/batch_law.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

await sharedWorld();

const runs = 250;
const seedMax = 2 ** 31;

Deno.test("however records fall into puts, the table ends as if they came one at a time", async () => {
  await using database = await freshDatabase();
  const puts = await holdToTheLaw(database.url, { runs, seed: Math.floor(Math.random() * seedMax) });
  assert.ok(puts.byColumns > runs / 10, `${puts.byColumns} of ${puts.ofColumns} puts went by columns`);
});
