/**
 * Compares the program with its peers and writes the results to docs/performance.md and docs/plots.
 *
 *     deno task bench [--peers PATH] [--runs 3] [--events 500000] [--against gosink]
 *
 * PATH is a folder with `bench.sh` and the peers' built programs. Without it only the micro benchmarks run.
 * Kafka and PostgreSQL are the sandbox's.
 *
 * @module
 */

import { cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import type { Arguments, CommandSpec } from "../cli/command.ts";
import { runTask, TaskError } from "../cli/task_program.ts";
import { plotOf, replaceBetween, type Run, summarize, type Summary, tableOf } from "./comparison.ts";

const projectFolder = fileURLToPath(new URL("../", import.meta.url));
const documentFile = `${projectFolder}docs/performance.md`;
const plotFile = `${projectFolder}docs/plots/comparison.svg`;
const ownName = "sluice";

interface World {
  readonly bootstrap: string;
  readonly postgresUrl: string;
}

interface Comparison {
  readonly peers: string;
  readonly names: readonly string[];
  readonly runs: string;
  readonly events: string;
}

const defaults = { runs: 3, events: 500_000, against: "gosink" };

const command: CommandSpec = {
  name: "bench",
  summary: "Compares with peers and writes docs/performance.md; without peers runs the micro benchmarks",
  options: [
    { name: "peers", value: "FOLDER", help: "Folder with bench.sh and the peers' built programs" },
    { name: "against", value: "NAMES", help: `Peers, separated by commas; default: ${defaults.against}` },
    { name: "runs", value: "N", help: `Runs per program, reported as medians; default: ${defaults.runs}` },
    { name: "events", value: "N", help: `Events per run; default: ${defaults.events}` },
  ],
};

async function main(given: Arguments): Promise<number> {
  const peers = given.text("peers");
  const runs = String(given.count("runs") ?? defaults.runs);
  const events = String(given.count("events") ?? defaults.events);
  const against = given.text("against") ?? defaults.against;
  if (peers === undefined) {
    console.log("No peers given (--peers PATH): running the micro benchmarks.");
    return await run(["bench", "-A", "bench/micro", "bench/transforms_bench.ts"]);
  }
  if (!await isFile(`${peers}/bench.sh`)) {
    throw new TaskError(`Cannot compare: --peers ${peers} has no bench.sh`);
  }
  const load = Deno.loadavg()[0] ?? 0;
  const summaries = await compare({ peers, names: [...against.split(","), ownName], runs, events });
  await write(summaries, { events, load });
  return 0;
}

async function compare({ peers, names, runs, events }: Comparison): Promise<readonly Summary[]> {
  await addPeer(`${peers}/peers.conf`);
  await using sandbox = await startSandbox();
  const folder = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  const { port, password } = new URL(sandbox.world.postgresUrl);
  const { success } = await new Deno.Command(`${peers}/bench.sh`, {
    args: [...names],
    env: {
      BROKERS: sandbox.world.bootstrap,
      DSN: `${sandbox.world.postgresUrl}?sslmode=disable`,
      // The JVM's driver has its own URL format.
      ...{ PGPORT: port, PGPASSWORD: decodeURIComponent(password) },
      ...{ N: events, RUNS: runs, OUT: folder },
    },
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new TaskError("Cannot compare: bench.sh failed; see its output above");
  const found: Run[] = [];
  for (const name of names) {
    for (let index = 1; index <= Number(runs); index++) {
      found.push(JSON.parse(await Deno.readTextFile(`${folder}/${name}.${index}.json`)) as Run);
    }
  }
  return summarize(found);
}

/** The peers read other programs from a file. */
async function addPeer(file: string): Promise<void> {
  const line = `${ownName}|${projectFolder}bench/peer.sh`;
  const known = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const others = known.split("\n").filter((text) => text !== "" && !text.startsWith(`${ownName}|`));
  await Deno.writeTextFile(file, `${[...others, line].join("\n")}\n`);
}

async function startSandbox() {
  const args = ["run", "-A", "--config", "sandbox/dev.json", "sandbox/up.ts"];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: projectFolder,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  if (text === "") {
    throw new TaskError("Cannot compare: the sandbox doesn't start; see its output above");
  }
  return {
    world: JSON.parse(text) as World,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function write(
  summaries: readonly Summary[],
  { events, load }: { readonly events: string; readonly load: number },
): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const [core] = cpus();
  const caption =
    `${day}, ${events} events, medians, ${cpus().length} cores (${core?.model ?? "unknown"}), ` +
    `Linux ${release()}, load before ${load.toFixed(1)}`;
  const document = await Deno.readTextFile(documentFile);
  const text = `${tableOf(summaries)}\n\n${caption}.`;
  await Deno.writeTextFile(documentFile, replaceBetween(document, "comparison", text));
  await Deno.writeTextFile(plotFile, plotOf(summaries, caption));
  console.log(`\n${tableOf(summaries)}\n`);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isFile, () => false);
}

async function run(args: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: projectFolder });
  return (await command.spawn().status).code;
}

if (import.meta.main) Deno.exit(await runTask(command, Deno.args, main));
