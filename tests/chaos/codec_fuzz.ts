/** Fuzzes compressed batches: no record may show another's bytes; corruption must be reported. @module */

import { fuzzCodecs } from "../support/kafka/codec_fuzz.ts";

interface CodecFuzzScenario {
  readonly inputs: number;
  readonly seed: number;
}

/** Runs it; returns whether all is as promised. */
export function codecFuzz({ inputs, seed }: CodecFuzzScenario): Promise<boolean> {
  console.log(`${inputs} fuzzed batches of seed ${seed}`);
  const every = { inputs: 100_000, tell: console.log };
  const { read, refused, problems } = fuzzCodecs({ inputs, seed, every });
  for (const problem of problems) console.error(problem);
  console.log(`${read} were read, ${refused} were refused, ${problems.length} problems`);
  return Promise.resolve(problems.length === 0);
}
