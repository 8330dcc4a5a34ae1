/**
 * Measures memory and CPU of the generic sink once it has its partitions and nothing to do, from its sources and as a
 * binary.
 *
 *     deno run -A --config sandbox/dev.json bench/idle.ts [--binary PATH] [--seconds 30] [--runs 3]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { pollUntil, sleep } from "../sandbox/wait.ts";
import { startTask } from "../tests/support/programs/program.ts";
import { median } from "./comparison.ts";
import { caption } from "./sink_run.ts";
import { cpuOf, type SinksWorld, startSinksWorld } from "./sinks_world.ts";

const startMsMax = 60_000;
/** Start and first fetches are over by then. */
const settleMs = 10_000;

interface Idle {
  readonly residentMiB: number;
  readonly anonymousMiB: number;
  readonly fileMiB: number;
  readonly cpuPercent: number;
}

const { values } = parseArgs({
  options: {
    binary: { type: "string" },
    seconds: { type: "string", default: "30" },
    runs: { type: "string", default: "3" },
  },
});
const seconds = Number(values.seconds);
const programs = new Map<string, string | undefined>([["sources", undefined]]);
if (values.binary !== undefined) programs.set("binary", await Deno.realPath(values.binary));
await using world = await startSinksWorld({ count: 0, partitions: 4 });
const found = new Map<string, Idle[]>();
for (let run = 1; run <= Number(values.runs); run++) {
  for (const [name, binary] of programs) {
    const idle = await measureIdle(world, `${name}_${run}`, binary);
    found.set(name, [...found.get(name) ?? [], idle]);
    console.log(JSON.stringify({ name, ...idle }));
  }
}
console.log(`\n${caption(`idle for ${seconds} s, medians of ${values.runs}`)}\n`);
console.log("| from | RSS MiB | anonymous MiB | of files MiB | CPU % |\n| --- | ---: | ---: | ---: | ---: |");
for (const [name, all] of found) {
  const of = (pick: (idle: Idle) => number) => median(all.map(pick));
  const memory = [of((i) => i.residentMiB), of((i) => i.anonymousMiB), of((i) => i.fileMiB)];
  const cells = [...memory.map((mib) => mib.toFixed(1)), of((i) => i.cpuPercent).toFixed(2)];
  console.log(`| ${[name, ...cells].join(" | ")} |`);
}

async function measureIdle(from: SinksWorld, name: string, binary?: string): Promise<Idle> {
  await using prepared = await from.prepare("generic", name);
  const { file, variables } = prepared;
  await using program = startTask("start", { args: ["--config", file], variables, binary });
  await pollUntil(
    "the sink's partitions",
    startMsMax,
    () => program.log().includes("was assigned partitions") || undefined,
  );
  await sleep(settleMs);
  const before = await cpuOf(program.pid);
  await sleep(seconds * 1000);
  const cpuSeconds = await cpuOf(program.pid) - before;
  const status = await Deno.readTextFile(`/proc/${program.pid}/status`);
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024;
  program.signal("SIGTERM");
  await program.ended;
  return {
    ...{ residentMiB: mib("VmRSS"), anonymousMiB: mib("RssAnon"), fileMiB: mib("RssFile") },
    cpuPercent: cpuSeconds / seconds * 100,
  };
}
