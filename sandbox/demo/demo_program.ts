/** Runs the program for the demo like a user would. @module */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { TaskError } from "../../cli/task_program.ts";
import { makeOwnedFolder } from "../owned_folder.ts";
import { runOwned } from "../owned_process.ts";

/** The program's environment variables; it inherits no others. */
type Variables = Readonly<Record<string, string>>;

export interface DemoProgram extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the exit code when the process has ended. */
  readonly ended: Promise<number>;
  /** Returns the last lines of its log. */
  lastLines(): Promise<string>;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number>;
}

const projectFolder = fileURLToPath(new URL("../../", import.meta.url));
const lastLinesMax = 20;

/** Migrates Bank 2 like `deno task migrate`. */
export async function runMigrate(connector: string, variables: Variables): Promise<void> {
  const { code, stderr } = await runOwned(Deno.execPath(), {
    args: [...commandOf("migrate"), "--connector", connector],
    cwd: projectFolder,
    clearEnv: true,
    env: { ...surroundings(), ...variables },
  });
  if (code !== 0) throw new TaskError(`Cannot migrate ${connector}:\n${stderr}`);
}

/**
 * Runs the command of `deno task start ARGUMENTS` without the task runner. It always ends with the demo.
 *
 * @param settings the worker's settings, as properties
 */
export async function startProgram(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
  variables: Variables,
): Promise<DemoProgram> {
  const owner = await makeOwnedFolder();
  const worker = join(owner.path, "worker.properties");
  await Deno.writeTextFile(
    worker,
    Object.entries(settings).map(([name, value]) => `${name}=${value}\n`).join(""),
  );
  const assigned = Object.entries({ ...surroundings(), ...variables }).map(([name, value]) =>
    `${name}=${value}`
  );
  const process = await owner.start({
    name: "sluice",
    program: "/usr/bin/env",
    args: [...assigned, Deno.execPath(), ...commandOf("start"), ...args, "--worker", worker],
    folder: owner.path,
    endSignal: "KILL",
  });
  const stop = async () => {
    await process.end("SIGTERM");
    return await process.exited;
  };
  return {
    pid: process.pid,
    ended: process.exited,
    lastLines: async () =>
      (await Deno.readTextFile(process.logFile)).trimEnd().split("\n").slice(-lastLinesMax).join("\n"),
    stop,
    [Symbol.asyncDispose]: () => owner.remove(),
  };
}

/** Returns a task's command without the program's name and with absolute paths. */
function commandOf(task: "start" | "migrate"): readonly string[] {
  const [, ...command] = config.tasks[task].command.split(" ");
  return command.map((word) => word.endsWith(".ts") ? join(projectFolder, word) : word);
}

/** Variables that the runtime needs to find its own files. */
function surroundings(): Variables {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** Returns a process's resident memory in bytes, or undefined if the system doesn't tell. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined; // no such file on this system, or the process has ended
  }
}
