/** The law of batches, on more cases than the tests have time for. @module */

import { createDatabase, dropDatabase } from "../../sandbox/postgres/databases.ts";
import { startPostgres } from "../../sandbox/postgres/postgres.ts";
import { holdToTheLaw, LawBroken } from "../support/batch_law.ts";

/**
 * How many cases, and the seed of the first part; each next part has the next seed. Processes side by side want seeds
 * that are farther apart than each has parts.
 */
export interface BatchesOptions {
  readonly runs: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** Cases of one part: they share a database, whose catalog grows with each. */
const runsPerPart = 500;

/** Parts that found something, after which more would tell no more. */
const brokenMax = 10;

/** Runs it on a PostgreSQL of its own; whether the law holds. */
export async function batchesScenario({ runs, seed, say = console.log }: BatchesOptions): Promise<boolean> {
  await using server = await startPostgres();
  const parts = Math.ceil(runs / runsPerPart);
  say(`${runs} cases in ${parts} parts from seed ${seed}`);
  let broken = 0;
  for (let part = 0; part < parts && broken < brokenMax; part++) {
    const name = `batches_${part}`;
    const url = await createDatabase(server.url, name);
    try {
      await holdToTheLaw(url, { runs: Math.min(runsPerPart, runs - part * runsPerPart), seed: seed + part });
    } catch (error) {
      if (!(error instanceof LawBroken)) throw error;
      broken++;
      say(error.message);
    } finally {
      await dropDatabase(server.url, name);
    }
    say(`part ${part + 1} of ${parts} (seed ${seed + part}): ${broken} broken until now`);
  }
  return broken === 0;
}
