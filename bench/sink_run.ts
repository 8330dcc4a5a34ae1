/** One run of a program through a backlog, and how the benchmarks print medians of runs. @module */

import { join } from "node:path";
import { startOwned } from "../sandbox/owned_process.ts";
import { monotonic } from "../sandbox/wait.ts";
import { projectFolder } from "../tests/support/programs/program.ts";
import { median } from "./comparison.ts";
import { cpuOf, type PreparedSink } from "./sinks_world.ts";

/** What a run took. */
interface Figures {
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** A program to run. */
interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder?: string;
}

/** Runs the sink's configuration from its sources, this checkout's or another's. */
export async function sluice(sink: PreparedSink, checkout: string = projectFolder): Promise<Program> {
  const folder = await Deno.realPath(checkout);
  const { tasks } = JSON.parse(await Deno.readTextFile(join(folder, "deno.json")));
  const [, ...command]: readonly string[] = tasks.start.command.split(" ");
  return { file: Deno.execPath(), args: [...command, "--config", sink.file], folder };
}

/** Measures a program from its start until the sink's table matches the events, and ends it. */
export async function measure(
  { file, args, folder = projectFolder }: Program,
  sink: PreparedSink,
  count: number,
): Promise<Figures> {
  const started = monotonic();
  const child = startOwned(file, { args, cwd: folder, env: sink.variables });
  const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const early = child.status.then(async ({ code }) => {
    throw new Error(`Cannot measure: ${file} ended with code ${code}: ${(await said)[1].slice(-2_000)}`);
  });
  try {
    await Promise.race([sink.arrived(), early]);
    const seconds = (monotonic() - started) / 1000;
    const [cpuSeconds, peakMiB] = [await cpuOf(child.pid), await peakOf(child.pid)];
    child.kill("SIGTERM");
    await child.status;
    return { eventsPerSecond: Math.round(count / seconds), cpuSeconds, peakMiB };
  } finally {
    early.catch(() => {}); // the end that was asked for
    await child.end();
  }
}

async function peakOf(pid: number): Promise<number> {
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}

/** Runs by name, in order of appearance. */
export class Runs {
  readonly #found = new Map<string, Figures[]>();

  /** Keeps a run, and prints it. */
  add(name: string, figures: Figures): void {
    this.#found.set(name, [...this.#found.get(name) ?? [], figures]);
    console.log(JSON.stringify({ name, ...figures }));
  }

  /** Prints medians as a table. `pairs` names the runs to compare, each with the one it's compared with. */
  print(about: string, pairs: readonly (readonly [name: string, other: string])[]): void {
    console.log(`\n${caption(about)}; every table was exact\n`);
    console.log("| run | events/s | CPU s | peak RSS MiB | its speed / CPU, of |");
    console.log("| --- | ---: | ---: | ---: | --- |");
    for (const name of this.#found.keys()) {
      const own = this.#medians(name);
      const ratios = pairs.filter(([one]) => one === name).map(([, other]) => {
        const than = this.#medians(other);
        const speed = own.eventsPerSecond / than.eventsPerSecond;
        return `${speed.toFixed(2)} / ${(own.cpuSeconds / than.cpuSeconds).toFixed(2)} of ${other}`;
      });
      const figures = [own.eventsPerSecond.toFixed(0), own.cpuSeconds.toFixed(2), own.peakMiB.toFixed(0)];
      console.log(`| ${[name, ...figures, ratios.join("; ")].join(" | ")} |`);
    }
  }

  #medians(name: string): Figures {
    const all = this.#found.get(name) ?? [];
    return {
      eventsPerSecond: median(all.map((run) => run.eventsPerSecond)),
      cpuSeconds: median(all.map((run) => run.cpuSeconds)),
      peakMiB: median(all.map((run) => run.peakMiB)),
    };
  }
}

/** Returns what was measured, with the date and the machine's load. */
export function caption(about: string): string {
  const load = (Deno.loadavg()[0] ?? 0).toFixed(1);
  return `${new Date().toISOString().slice(0, 10)}, ${about}, load ${load} at the end`;
}
