/**
 * `deno task chaos`: what takes too long for `deno task test`.
 *
 *     deno task chaos --soak [--minutes 45] [--rate EVENTS_A_SECOND] [--memory MIB] [--binary FILE]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { MachineLacksError } from "../../sandbox/machine.ts";
import { soak } from "./soak.ts";

const defaults = { minutes: 45, eventsPerSecond: 200, memoryMiB: 200 };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      soak: { type: "boolean", default: false },
      minutes: { type: "string" },
      rate: { type: "string" },
      memory: { type: "string" },
      binary: { type: "string" },
    },
  });
  if (!values.soak) {
    console.error("Cannot tell what to do: --soak is expected");
    return 2;
  }
  return await soak({
    minutes: numberOf("minutes", values.minutes) ?? defaults.minutes,
    eventsPerSecond: numberOf("rate", values.rate) ?? defaults.eventsPerSecond,
    memoryMiB: numberOf("memory", values.memory) ?? defaults.memoryMiB,
    binary: values.binary,
  });
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`Cannot use --${name} ${text}: a number above 0 is expected`);
}

try {
  Deno.exit(await main());
} catch (error) {
  if (!(error instanceof MachineLacksError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
