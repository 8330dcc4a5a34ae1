/** Runs more schedules of the simulated delivery loop than the test suite. @module */

import { type Counts, simulate } from "../simulation/delivery_world.ts";

/** The number of schedules and the first seed; each further schedule uses the next seed. */
interface SimulationOptions {
  readonly schedules: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** Runs them, reports what happened and returns whether all is as promised. */
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
