/**
 * Measures one, two and four processes of a group with a backlog in 8 partitions, and each rebalance.
 *
 *     deno run -A --config sandbox/dev.json bench/processes.ts [--events 400000]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { monotonic, pollUntil, sleep } from "../sandbox/wait.ts";
import { type RunningProgram, startTask } from "../tests/support/programs/program.ts";
import { cpuOf, type PreparedSink, startSinksWorld } from "./sinks_world.ts";

const partitions = 8;
const settledMsMax = 60_000;
const quietMs = 3_000;
const sessionMs = 10_000;

const { values } = parseArgs({ options: { events: { type: "string", default: "400000" } } });
const count = Number(values.events);
await using world = await startSinksWorld({ count, partitions });
for (const processes of [1, 2, 4]) {
  await using sink = await world.prepare("generic", `processes_${processes}`);
  const started = monotonic();
  const running = Array.from({ length: processes }, () => start(sink));
  await sink.arrived();
  const eventsPerSecond = Math.round(count / (monotonic() - started) * 1000);
  const cpuSeconds = await Promise.all(running.map(({ pid }) => cpuOf(pid)));
  console.log(JSON.stringify({ processes, eventsPerSecond, cpuSeconds }));
  await end(running);
}

await using sink = await world.prepare("generic", "settling", {
  "consumer.override.session.timeout.ms": String(sessionMs),
});
const first = start(sink);
await settled("the first starts", Date.now(), [first]);
await sink.arrived();
const second = await changed("a second starts", () => [first, start(sink)]);
const four = await changed("two more start", () => [...second, start(sink), start(sink)]);
const three = await changed("one leaves", () => {
  four.at(-1)?.signal("SIGTERM");
  return four.slice(0, -1);
});
const two = await changed(`one is killed, session.timeout.ms ${sessionMs}`, () => {
  three.at(-1)?.signal("SIGKILL");
  return three.slice(0, -1);
});
await end(two);

function start({ file, variables }: PreparedSink): RunningProgram {
  return startTask("start", { args: ["--config", file], variables });
}

async function end(programs: readonly RunningProgram[]): Promise<void> {
  for (const program of programs) program.signal("SIGTERM");
  await Promise.all(programs.map(({ ended }) => ended));
}

async function changed(
  what: string,
  change: () => readonly RunningProgram[],
): Promise<readonly RunningProgram[]> {
  await sleep(quietMs);
  const from = Date.now();
  const members = change();
  await settled(what, from, members);
  return members;
}

/** Waits until every member has a new assignment and together they have all partitions. */
async function settled(what: string, from: number, members: readonly RunningProgram[]): Promise<void> {
  await pollUntil(what, settledMsMax, () => {
    const all = members.map(assignmentOf);
    const isNew = all.every(({ at }) => at >= from);
    return Promise.resolve(isNew && all.reduce((sum, { size }) => sum + size, 0) === partitions || undefined);
  });
  const ms = Math.max(...members.map((member) => assignmentOf(member).at)) - from;
  const shares = members.map((member) => assignmentOf(member).size);
  console.log(JSON.stringify({ what, settledMs: ms, shares }));
}

function assignmentOf(member: RunningProgram): { readonly at: number; readonly size: number } {
  const line = member.log().split("\n").findLast((text) => text.includes("was assigned partitions"));
  if (line === undefined) return { at: 0, size: 0 };
  const told: { "@timestamp": string; partitions: string } = JSON.parse(line);
  return { at: Date.parse(told["@timestamp"]), size: told.partitions.split(" ").filter(Boolean).length };
}
