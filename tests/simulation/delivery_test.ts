/**
 * The delivery loop under thousands of random schedules, each from a seed: rebalances, lost sessions, outages, bad
 * records, crashes, at any moment. `SLUICE_SIMULATION_SCHEDULES` sets how many, `SLUICE_SIMULATION_SEED` runs one again.
 */

import { type Counts, simulate } from "./delivery_world.ts";

const schedulesDefault = 2_000;
const only = Deno.env.get("SLUICE_SIMULATION_SEED");
const schedules = Number(Deno.env.get("SLUICE_SIMULATION_SCHEDULES") ?? schedulesDefault);

/** A random seed unless one is given, so that each run tries new schedules. */
const firstSeed = only === undefined ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 : Number(only);

Deno.test("no schedule of faults loses, skips or reorders a record, or moves an offset past what isn't durable", async () => {
  const counts: Counts = {};
  const count = only === undefined ? schedules : 1;
  for (let index = 0; index < count; index++) {
    const seed = (firstSeed + index) >>> 0;
    try {
      await simulate(seed, counts);
    } catch (error) {
      throw new Error(`Run it again with SLUICE_SIMULATION_SEED=${seed}`, { cause: error });
    }
  }
  console.log(Object.entries(counts).map(([name, value]) => `${value} ${name}`).join(", "));
});
