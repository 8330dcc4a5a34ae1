/**
 * Prints how many heap bytes writing a batch in columns allocates, garbage included, for small and large batches. Run it
 * without garbage collection: `--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64`.
 *
 * @module
 */

import type { Props } from "../../../../connect/api/sink_task.ts";
import { columnProps, customerBatch, deliveryOf } from "./figures_world.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };
const rounds = { warm: 60, measured: 20 } as const;
const times = 3;

async function bytesOf(props: Props, records: number, customers: number): Promise<number> {
  const delivery = deliveryOf(props);
  const batch = customerBatch(records, customers);
  const write = async (times: number) => {
    for (let round = 0; round < times; round++) {
      if (!await delivery.deliver(batch)) throw new Error("Cannot measure: the batch was declined");
    }
  };
  await write(rounds.warm);
  let least = Number.POSITIVE_INFINITY; // now and then code is compiled meanwhile
  for (let time = 0; time < times; time++) {
    gc();
    const before = Deno.memoryUsage().heapUsed;
    await write(rounds.measured);
    least = Math.min(least, Math.round((Deno.memoryUsage().heapUsed - before) / rounds.measured));
  }
  return least;
}

const sizes = [500, 4000] as const;
const found: Record<string, readonly number[]> = {};
for (const [name, props] of Object.entries(columnProps)) {
  for (const customers of [100_003, 10]) {
    const bytes: number[] = [];
    for (const size of sizes) bytes.push(await bytesOf(props, size, customers));
    found[`${name}, ${customers} customers`] = bytes;
  }
}
console.log(JSON.stringify({ records: sizes, bytes: found }));
