/**
 * Starts a program that ends, with everything it started, when the process that started it does.
 *
 * A small shell in the program's process group waits for a pipe to close and then kills the group. The kernel
 * closes the pipe however this process ends: regularly, by Ctrl-C, a crash or kill -9. Programs that create
 * process groups of their own are servers of an owned folder (`owned_folder.ts`), which a janitor ends.
 *
 * @module
 */

import { sleep } from "./wait.ts";

/** Options with the defaults of `Deno.Command`. */
export interface OwnedOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clearEnv?: boolean;
  /** Its standard input; empty if absent. */
  readonly input?: string | undefined;
}

/** A started program. Its outputs must be read. */
export interface OwnedProcess {
  /** The id of the program and of its process group. */
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the program has ended; everything it started is then killed. */
  readonly status: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Kills the program and everything it started; safe to call twice. */
  end(): Promise<void>;
}

export interface OwnedResult {
  /** `noProgramCode` if there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The shell's exit code for a program it can't find. */
export const noProgramCode = 127;

// The program replaces the shell, and so keeps its process id, once the watcher runs. The watcher's parent
// ends at once, so the program has no children that it didn't start.
const launcher = `
input=$1
shift
exec 3<&0 <"$input"
[ "$input" = /dev/null ] || rm -f "$input"
( (trap '' INT TERM HUP QUIT; while read -r _; do :; done; kill -KILL 0) <&3 >/dev/null 2>&1 & )
exec "$@" 3<&-`;

/** Starts a program in its own process group. */
export function startOwned(program: string, options: OwnedOptions = {}): OwnedProcess {
  const { args = [], cwd, env = {}, clearEnv = false, input } = options;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", launcher, "sh", input === undefined ? "/dev/null" : fileOf(input), program, ...args],
    env: { ...env },
    clearEnv,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  let closing: Promise<void> | undefined;
  const close = () => closing ??= child.stdin.close();
  const status = child.status.then(async (ended) => {
    await close();
    return ended;
  });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    status,
    kill: (signal) => child.kill(signal),
    end: async () => {
      await close();
      await status;
    },
  };
}

/**
 * Runs a program to its end.
 *
 * @param msMax time after which it is killed
 */
export async function runOwned(
  program: string,
  options: OwnedOptions = {},
  msMax?: number,
): Promise<OwnedResult> {
  const child = startOwned(program, options);
  const done = new AbortController();
  const late = msMax === undefined ? undefined : sleep(msMax, done.signal).then(() => child.end());
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  done.abort();
  await late;
  return { code, stdout, stderr };
}

/** The launcher removes the file after opening it. */
function fileOf(text: string): string {
  const file = Deno.makeTempFileSync();
  Deno.writeTextFileSync(file, text);
  return file;
}
