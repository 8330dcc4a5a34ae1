/**
 * Runs a sink with limited memory and CPU through a backlog, optionally with a database outage.
 *
 *     deno run -A --config sandbox/dev.json bench/small_machine.ts --limit PATH/limit --sink telesales \
 *       [--memory 192M] [--cpus 1] [--events 500000] [--away 60]
 *
 * `limit --memory SIZE --cpus N -- COMMAND` must run a command in a control group and finally write the group's
 * use to standard error, in a line that begins with `limit:`.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import config from "../deno.json" with { type: "json" };
import { monotonic, sleep } from "../sandbox/wait.ts";
import { projectFolder } from "../tests/support/programs/program.ts";
import { type PreparedSink, type SinkName, startSinksWorld } from "./sinks_world.ts";

/** The database is stopped in the middle of the backlog. */
const beforeAwayMs = 2_500;

const { values } = parseArgs({
  options: {
    limit: { type: "string", default: "limit" },
    sink: { type: "string", default: "telesales" },
    memory: { type: "string", default: "192M" },
    cpus: { type: "string", default: "1" },
    events: { type: "string", default: "500000" },
    away: { type: "string", default: "0" },
  },
});
const sink: SinkName = values.sink === "generic" ? "generic" : "telesales";
const count = Number(values.events);
const awayMs = Number(values.away) * 1000;
await using world = await startSinksWorld({ count, partitions: 4 });
await using prepared = await world.prepare(sink, "small");
const child = startLimited(prepared);
const errors = new Response(child.stderr).text();
let started = monotonic();
if (awayMs > 0) {
  await sleep(beforeAwayMs);
  await world.server.kill();
  await sleep(awayMs);
  await world.server.restart();
  started = monotonic();
}
await prepared.arrived();
const seconds = (monotonic() - started) / 1000;
console.log(
  `${sink}, ${count} events, ${values.memory}, ${values.cpus} CPU: ` +
    (awayMs > 0
      ? `all written ${seconds.toFixed(1)} s after the database was back`
      : `${Math.round(count / seconds)} events/s`),
);
await endIt(prepared.file);
await child.status;
for (const line of (await errors).split("\n")) if (line.startsWith("limit:")) console.log(line);

function startLimited({ file, variables }: PreparedSink): Deno.ChildProcess {
  const [, ...words] = config.tasks.start.command.split(" ");
  const command = words.map((word) => word.endsWith(".ts") ? join(projectFolder, word) : word);
  const group = ["--memory", values.memory, "--cpus", values.cpus, "--"];
  return new Deno.Command(values.limit, {
    args: [...group, Deno.execPath(), ...command, "--config", file],
    env: { ...variables },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** The program is a grandchild. */
async function endIt(file: string): Promise<void> {
  for await (const { name } of Deno.readDir("/proc")) {
    const read = (what: string) => Deno.readTextFile(`/proc/${name}/${what}`).catch(() => "");
    if (!/^\d+$/.test(name) || !(await read("comm")).startsWith("deno")) continue;
    if ((await read("cmdline")).includes(file)) Deno.kill(Number(name), "SIGTERM");
  }
}
