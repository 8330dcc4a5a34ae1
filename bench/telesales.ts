/**
 * Compares telesales (its domain, phone numbers, keyed hash, newest wins, exactly once) with the generic sink on the
 * same events, running the program like a user would.
 *
 *     deno run -A --config sandbox/dev.json bench/telesales.ts [--events 500000] [--runs 3]
 *
 * Each run has its own database and group, and ends when the table matches the events exactly.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { monotonic } from "../sandbox/wait.ts";
import { startTask } from "../tests/support/programs/program.ts";
import { median } from "./comparison.ts";
import { cpuOf, type SinkName, type SinksWorld, startSinksWorld } from "./sinks_world.ts";

interface Figures {
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const { values } = parseArgs({
  options: { events: { type: "string", default: "500000" }, runs: { type: "string", default: "3" } },
});
const count = Number(values.events);
await using world = await startSinksWorld({ count, partitions: 4 });
const found = new Map<string, Figures[]>();
for (let run = 1; run <= Number(values.runs); run++) {
  for (const sink of ["generic", "telesales"] as const) {
    const figures = await measure(world, sink, run);
    found.set(sink, [...found.get(sink) ?? [], figures]);
    console.log(JSON.stringify({ sink, run, ...figures }));
  }
}
const load = (Deno.loadavg()[0] ?? 0).toFixed(1);
console.log(`\n${count} events, medians of ${values.runs}, load ${load} at the end; every table was exact\n`);
console.log("| sink | events/s | CPU s | peak RSS MiB |\n| --- | ---: | ---: | ---: |");
for (const [name, all] of found) {
  const of = (pick: (figures: Figures) => number) => median(all.map(pick));
  console.log(
    `| ${name} | ${of((f) => f.eventsPerSecond).toFixed(0)} | ${of((f) => f.cpuSeconds).toFixed(2)} | ${
      of((f) => f.peakMiB).toFixed(0)
    } |`,
  );
}

async function measure(from: SinksWorld, sink: SinkName, run: number): Promise<Figures> {
  await using prepared = await from.prepare(sink, `${sink}_${run}`);
  const { file, variables } = prepared;
  const started = monotonic();
  await using program = startTask("start", { args: ["--config", file], variables });
  await prepared.arrived();
  const seconds = (monotonic() - started) / 1000;
  const [cpuSeconds, peakMiB] = [await cpuOf(program.pid), await peakOf(program.pid)];
  program.signal("SIGTERM");
  await program.ended;
  return { eventsPerSecond: Math.round(count / seconds), cpuSeconds, peakMiB };
}

async function peakOf(pid: number): Promise<number> {
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}
