/** Tests the law of batches on more cases than the test suite. @module */

import { createDatabase, dropDatabase } from "../../sandbox/postgres/databases.ts";
import { startPostgres } from "../../sandbox/postgres/postgres.ts";
import { holdToTheLaw, LawBroken } from "../support/sinks/batch_law.ts";

/**
 * The number of cases and the seed of the first part; each further part uses the next seed. Parallel
 * processes need seeds that are further apart than their numbers of parts.
 */
interface BatchesOptions {
  readonly runs: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** Cases per part: they share a database, whose catalog grows with each. */
const runsPerPart = 500;

/** Number of broken parts after which the run stops. */
const brokenMax = 10;

/** Runs it on its own PostgreSQL; returns whether the law holds. */
export async function batchesScenario({ runs, seed, say = console.log }: BatchesOptions): Promise<boolean> {
  await using server = await startPostgres();
  const parts = Math.ceil(runs / runsPerPart);
  say(`${runs} cases in ${parts} parts from seed ${seed}`);
  let broken = 0;
  for (let part = 0; part < parts && broken < brokenMax; part++) {
    const name = `batches_${part}`;
    const url = await createDatabase(server.url, name);
    try {
      const puts = await holdToTheLaw(url, {
        runs: Math.min(runsPerPart, runs - part * runsPerPart),
        seed: seed + part,
      });
      say(`${puts.byColumns} of ${puts.ofColumns} puts that could go by columns did`);
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
