/**
 * The soak: runs the binary with telesales under a steady load, within the memory of a small machine.
 *
 * It passes if memory stays flat after the warm-up, Bank 2 matches Bank 1 row by row at the end, and the
 * program ends in order.
 *
 * @module
 */

import { join } from "node:path";
import { memoryOf } from "../../sandbox/demo/demo_program.ts";
import { compareWhenArrived, summaryLines } from "../../sandbox/demo/demo_summary.ts";
import { type DemoWorld, openEmbeddedWorld } from "../../sandbox/demo/demo_world.ts";
import { systemTime } from "../../cli/process/system_time.ts";
import { freePort } from "../../sandbox/machine.ts";
import { makeOwnedFolder, type ServerProcess } from "../../sandbox/owned_folder.ts";
import { monotonic, sleep, waitMsMax } from "../../sandbox/wait.ts";
import { type BuiltBinary, compileBinary } from "../support/programs/binary.ts";
import { makeMemoryGroup } from "../support/programs/memory_group.ts";
import { runBinary } from "../support/programs/program.ts";
import { memoryCourse, type MemorySample } from "./memory_course.ts";

interface SoakOptions {
  readonly minutes: number;
  readonly eventsPerSecond: number;
  /** Backlog in Kafka when the program starts. */
  readonly backlog: number;
  /** Memory limit of the whole control group. */
  readonly memoryMiB: number;
  /** A compiled program; compiled first if absent. */
  readonly binary?: string | undefined;
}

const mebibyte = 1024 * 1024;
const spreadMiBMax = 10;
const warmUpMinutesMax = 5;
/** Share of a short run, so that it can be judged too. */
const warmUpShare = 1 / 3;
const windowSecondsMax = 60;
const windowsMin = 8;
const sampleMs = 1_000;
const customersOfBacklog = 0.1;

/** Runs it and reports the findings; returns the exit code. */
export async function soak(options: SoakOptions): Promise<number> {
  const binary = options.binary ?? await compileOrSay();
  if (binary === undefined) return 1;
  await using stack = new AsyncDisposableStack();
  const group = await makeMemoryGroup(options.memoryMiB * mebibyte);
  if (group === undefined) {
    say("This user can't create a control group here: memory is measured but not limited");
  } else stack.use(group);
  const world = stack.use(await openEmbeddedWorld());
  const variables = { BANK2_URL: world.workerUrl, TELESALES_KEY_SECRET: world.keySecret };
  await migrate(binary, { ...variables, BANK2_ADMIN_URL: world.adminUrl });
  const producer = await fillBacklog(world, options.backlog);
  const healthPort = freePort();
  const owner = stack.use(await makeOwnedFolder());
  const process = await owner.start({
    name: "sluice",
    program: "/usr/bin/env",
    args: [
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
      ...(group?.launcher ?? []),
      ...[binary, "start", "--connector", "telesales", "--log-format", "json"],
      ...["--worker", await workerFile(owner.path, world.bootstrap, healthPort)],
    ],
    folder: owner.path,
    endSignal: "KILL",
  });
  const samples = await underLoad(world, process, { ...options, healthPort });
  await producer.until(world.bank1.lastEventId());
  const comparison = await compareWhenArrived(world, systemTime);
  for (const line of summaryLines(comparison, world.bank1.lastEventId())) say(line);
  const used = await group?.read();
  const wasRunning = process.running();
  await process.end("SIGTERM");
  const code = await process.exited;
  if (code !== 0) console.error(await Deno.readTextFile(process.logFile));
  const peak = used?.peakBytes === undefined
    ? ""
    : `; the group's peak ${miB(used.peakBytes)} of ${options.memoryMiB} MiB, page cache included`;
  say(`The program ${wasRunning ? "ran to the end" : "ended early"}, exit code ${code}${peak}`);
  if (used !== undefined && used.killed > 0) say(`The kernel killed ${used.killed} process for its memory`);
  const isFlat = judge(samples, options.minutes);
  return isFlat && comparison.isEqual && wasRunning && code === 0 ? 0 : 1;
}

async function compileOrSay(): Promise<string | undefined> {
  const built: BuiltBinary = await compileBinary();
  if (built.path === undefined) console.error(built.reason);
  return built.path;
}

async function migrate(binary: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const { code, stderr } = await runBinary(binary, ["migrate", "--connector", "telesales"], { variables });
  if (code !== 0) throw new Error(`Cannot migrate:\n${stderr}`);
}

async function fillBacklog(world: DemoWorld, events: number) {
  await world.bank1.fill({ customers: Math.ceil(events * customersOfBacklog), events });
  const producer = await world.startProducer();
  await producer.until(world.bank1.lastEventId());
  return producer;
}

async function workerFile(folder: string, bootstrap: string, healthPort: number): Promise<string> {
  const path = join(folder, "worker.properties");
  await Deno.writeTextFile(path, `bootstrap.servers=${bootstrap}\nhealth.port=${healthPort}\n`);
  return path;
}

/** Runs the shop under load and reads the program's memory and metrics as an operator's tools would. */
async function underLoad(
  { bank1 }: DemoWorld,
  process: ServerProcess,
  { minutes, eventsPerSecond, healthPort }: SoakOptions & { readonly healthPort: number },
): Promise<readonly MemorySample[]> {
  const ending = new AbortController();
  const life = bank1.live(eventsPerSecond, ending.signal);
  const start = monotonic();
  const samples: MemorySample[] = [];
  let minutesShown = 0;
  while (process.running() && monotonic() - start < minutes * 60_000) {
    const seconds = (monotonic() - start) / 1000;
    const bytes = await memoryOf(process.pid);
    if (bytes !== undefined) samples.push({ seconds, bytes });
    await scrape(healthPort);
    if (seconds >= minutesShown * 60 && bytes !== undefined) {
      say(`minute ${minutesShown}: ${miB(bytes)} MiB resident, ${bank1.lastEventId()} events`);
      minutesShown++;
    }
    await sleep(sampleMs);
  }
  ending.abort();
  await life;
  return samples;
}

/** While Kafka and the shop start, nothing may listen yet. */
async function scrape(port: number): Promise<void> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      signal: AbortSignal.timeout(waitMsMax),
    });
    await answer.body?.cancel();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function judge(samples: readonly MemorySample[], minutes: number): boolean {
  const warmUpSeconds = Math.min(warmUpMinutesMax, minutes * warmUpShare) * 60;
  const windowSeconds = Math.min(windowSecondsMax, (minutes * 60 - warmUpSeconds) / windowsMin);
  const { medianBytes, spreadBytes, peakBytes } = memoryCourse(samples, { warmUpSeconds, windowSeconds });
  say(
    `Resident memory after ${warmUpSeconds.toFixed(0)} s, median of each ${
      windowSeconds.toFixed(0)
    } s, MiB: ${medianBytes.map(miB).join(" ")}`,
  );
  const isFlat = spreadBytes <= spreadMiBMax * mebibyte;
  say(
    `It spread over ${miB(spreadBytes)} MiB, at most ${spreadMiBMax} are flat: ${
      isFlat ? "flat" : "NOT FLAT"
    }; peak ${miB(peakBytes)} MiB`,
  );
  return isFlat;
}

function miB(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}

function say(line: string): void {
  console.log(line);
}
