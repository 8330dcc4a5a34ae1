/** The real program, started as its task does. @module */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../../deno.json" with { type: "json" };
import { startOwned } from "../../../sandbox/owned_process.ts";

/** The program's output. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Working directory; absent = the project's folder. */
  readonly folder?: string;
  /** A compiled program to run instead of the sources. */
  readonly binary?: string | undefined;
  /** Most open files (`ulimit -n`). */
  readonly filesMax?: number | undefined;
  /** Words before the command, such as a memory group's launcher. */
  readonly launcher?: readonly string[];
}

/** A running program. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  signal(name: Deno.Signal): void;
  /** Its standard error so far. */
  log(): string;
  /** Its standard output so far. */
  output(): string;
  readonly ended: Promise<ProgramResult>;
}

/** The project's folder. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** Tasks that run the program. */
export type ProgramTask = Exclude<keyof typeof config.tasks, "ok" | "test">;

/** Runs `deno task TASK ARGUMENTS` to its end. */
export async function runTask(task: ProgramTask, options: ProgramOptions = {}): Promise<ProgramResult> {
  return await run(commandOf(task, options.binary), options);
}

/** Runs a compiled program with these arguments. */
export async function runBinary(
  binary: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return await run(args, { ...options, binary });
}

/** Runs the program from its sources with these arguments alone. */
export async function runProgram(...words: readonly string[]): Promise<ProgramResult> {
  return await run([...commandOf("start").slice(0, -1), ...words], {});
}

async function run(command: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  await using program = start(command, options);
  return await program.ended;
}

/** Starts `deno task TASK ARGUMENTS`. It is killed if it still runs when the test ends. */
export function startTask(task: ProgramTask, options: ProgramOptions = {}): RunningProgram {
  return start(commandOf(task, options.binary), options);
}

function start(command: readonly string[], options: ProgramOptions): RunningProgram {
  const [program, args] = limited(options.binary ?? Deno.execPath(), options.filesMax);
  const [first = program, ...words] = [...(options.launcher ?? []), program];
  const child = startOwned(first, {
    args: [...words, ...args, ...command, ...(options.args ?? [])],
    cwd: options.folder ?? projectFolder,
    clearEnv: true,
    env: { ...surroundings(), NO_COLOR: "1", ...options.variables },
    input: options.input,
  });
  const said = { stdout: "", stderr: "" };
  const reading = [collect(child.stdout, "stdout"), collect(child.stderr, "stderr")];
  async function collect(stream: ReadableStream<Uint8Array>, name: keyof typeof said): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) said[name] += text;
  }
  const ended = child.status.then(async ({ code }) => {
    await Promise.all(reading);
    return { code, ...said };
  });
  return {
    pid: child.pid,
    signal: (name) => child.kill(name),
    log: () => said.stderr,
    output: () => said.stdout,
    ended,
    [Symbol.asyncDispose]: async () => {
      await child.end();
      await ended;
    },
  };
}

function limited(program: string, filesMax: number | undefined): readonly [string, readonly string[]] {
  if (filesMax === undefined) return [program, []];
  return ["/bin/sh", ["-c", `ulimit -n ${filesMax}; exec "$0" "$@"`, program]];
}

function commandOf(task: ProgramTask, binary?: string): readonly string[] {
  if (binary !== undefined) return [task];
  const [, ...command] = config.tasks[task].command.split(" ");
  return command.map((word) => word.endsWith(".ts") ? join(projectFolder, word) : word);
}

function surroundings(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
