/** More schedules of the simulated delivery loop than the tests have time for. @module */

import { type Counts, simulate } from "../simulation/delivery_world.ts";

/** How many, and the seed of the first; each next one has the next seed. */
export interface SimulationOptions {
  readonly schedules: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** Runs them, tells what happened in them, and whether all is as promised. */
export async function simulationScenario(options: SimulationOptions): Promise<boolean> {
  const { schedules, seed, say = console.log } = options;
  say(`${schedules} simulated schedules from seed ${seed}`);
  const counts: Counts = {};
  let wrong = 0;
  for (let index = 0; index < schedules; index++) {
    const own = (seed + index) >>> 0;
    try {
      await simulate(own, counts);
    } catch (error) {
      wrong++;
      say(`seed ${own}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  say(Object.entries(counts).map(([name, value]) => `${value} ${name}`).join(", "));
  say(`${wrong} of ${schedules} schedules broke a promise`);
  return wrong === 0;
}
