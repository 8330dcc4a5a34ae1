/** Fuzzed batches in each compression: no record shows bytes of another, and what is corrupt is said to be. @module */

import { fuzzCodecs } from "../support/codec_fuzz.ts";

/** How much of it. */
export interface CodecFuzzScenario {
  readonly inputs: number;
  readonly seed: number;
}

/** Runs it; whether all is as it should be. */
export function codecFuzz({ inputs, seed }: CodecFuzzScenario): Promise<boolean> {
  console.log(`${inputs} fuzzed batches of seed ${seed}`);
  const every = { inputs: 100_000, tell: console.log };
  const { read, refused, problems } = fuzzCodecs({ inputs, seed, every });
  for (const problem of problems) console.error(problem);
  console.log(`${read} were read, ${refused} were refused, ${problems.length} problems`);
  return Promise.resolve(problems.length === 0);
}
