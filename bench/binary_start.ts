/**
 * Measures size and start of the program, as a binary and from its sources: `deno run -A --config
 * sandbox/dev.json bench/binary_start.ts BINARY`. There is no Kafka, so only the program's own work counts.
 *
 * @module
 */

import { join } from "node:path";
import { memoryOf } from "../sandbox/demo/demo_program.ts";
import { freePort } from "../sandbox/machine.ts";
import { monotonic, pollUntil, sleep } from "../sandbox/wait.ts";
import { projectFolder, runTask, startTask } from "../tests/support/programs/program.ts";

const runs = 7;
const startMsMax = 60_000;
const idleMs = 20_000;
/** Unit of Linux's processor times. */
const tickMs = 10;
const mebibyte = 1024 * 1024;

const [binary] = Deno.args;
if (binary === undefined) {
  console.error("Cannot measure: the path of a binary is expected");
  Deno.exit(2);
}
const { size } = await Deno.stat(binary);
console.log(`binary: ${(size / 1e6).toFixed(1)} MB`);
for (const [name, options] of [["binary", { binary }], ["sources", {}]] as const) {
  const helps: number[] = [];
  const listens: number[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < runs; run++) {
    helps.push(await timeOf(() => runTask("start", { ...options, args: ["--help"] })));
    listens.push(await timeOf(async () => cpu.push(await untilHealth(options))));
  }
  console.log(
    `${name}: --help ${shown(helps)} ms, health listens after ${shown(listens)} ms and ${
      shown(cpu)
    } ms of CPU, ` +
      `idle ${await idle(options)} MiB`,
  );
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = monotonic();
  await work();
  return monotonic() - start;
}

function settings(port: number): Readonly<Record<string, string>> {
  return {
    CONNECT_HEALTH_PORT: String(port),
    CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
    PURCHASE_TOTALS_URL: "postgres://a:b@127.0.0.1:1/c",
  };
}

/** Returns the program's processor time in milliseconds when it listens. */
async function untilHealth(options: { readonly binary?: string }): Promise<number> {
  const port = freePort();
  await using program = startTask("start", {
    ...options,
    args: ["--connector", "purchase-totals"],
    variables: settings(port),
    folder: join(projectFolder, "bench"),
  });
  await pollUntil("health", startMsMax, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer === undefined ? undefined : true;
  });
  return await cpuMsOf(program.pid);
}

async function cpuMsOf(pid: number): Promise<number> {
  const [, after = ""] = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ");
  const [user, system] = after.split(" ").slice(11, 13).map(Number);
  return ((user ?? NaN) + (system ?? NaN)) * tickMs;
}

async function idle(options: { readonly binary?: string }): Promise<string> {
  await using program = startTask("start", {
    ...options,
    args: ["--connector", "purchase-totals"],
    variables: settings(freePort()),
  });
  await sleep(idleMs);
  return (((await memoryOf(program.pid)) ?? NaN) / mebibyte).toFixed(0);
}

/** The fastest run is least disturbed by other programs. */
function shown(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[0]?.toFixed(0)} (median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)})`;
}
