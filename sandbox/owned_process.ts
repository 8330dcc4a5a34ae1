/**
 * A program that ends, with all it has started, when the process that started it does.
 *
 * A small shell in the program's process group waits for a pipe to close and then kills the group. The kernel closes
 * the pipe whatever becomes of this process: a regular end, Ctrl-C, a crash or kill -9. Programs that make process
 * groups of their own are servers of an owned folder (`owned_folder.ts`), which a janitor ends.
 *
 * @module
 */

import { sleep } from "./wait.ts";

/** How a program is started; the defaults are those of `Deno.Command`. */
export interface OwnedOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clearEnv?: boolean;
  /** What it reads from standard input; nothing when absent. */
  readonly input?: string | undefined;
}

/** A program that was started. Its outputs have to be read. */
export interface OwnedProcess {
  /** Of the program itself, and of its process group. */
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves when the program has ended; what it has started is then killed. */
  readonly status: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Kills it and all it has started; safe to call twice. */
  end(): Promise<void>;
}

/** What a program said that ran to its end. */
export interface OwnedResult {
  /** `noProgramCode` where there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The shell's exit code where it finds no program of that name. */
export const noProgramCode = 127;

// The program takes the place of the shell, and so its process id, once the watcher is there. The watcher's parent
// ends at once, so that the program has no child that it hasn't started.
const launcher = `
input=$1
shift
exec 3<&0 <"$input"
[ "$input" = /dev/null ] || rm -f "$input"
( (trap '' INT TERM HUP QUIT; while read -r _; do :; done; kill -KILL 0) <&3 >/dev/null 2>&1 & )
exec "$@" 3<&-`;

/** Starts a program in a process group of its own. */
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
 * @param msMax it's killed where it takes longer
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

/** The launcher removes it when it has opened it. */
function fileOf(text: string): string {
  const file = Deno.makeTempFileSync();
  Deno.writeTextFileSync(file, text);
  return file;
}
