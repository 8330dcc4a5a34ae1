/**
 * A folder whose servers all end with the process that created it.
 *
 * A small shell, the janitor (`janitor.sh`), runs beside each folder and waits for its standard input to
 * close. The kernel closes it however this process ends, so a regular stop, Ctrl-C, a failed test, a crash
 * and kill -9 all take the same way out, which every test exercises.
 *
 * @module
 */

import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { othersReach } from "./machine.ts";

/** A folder that is removed, with all its servers, when this process ends. */
export interface OwnedFolder extends AsyncDisposable {
  readonly path: string;
  /** Starts a server in the folder. Its output goes to `NAME.log` in the server's own folder. */
  start(server: ServerCommand): Promise<ServerProcess>;
  /** Ends the servers and removes the folder; safe to call twice. */
  remove(): Promise<void>;
}

interface ServerCommand {
  readonly name: string;
  readonly program: string;
  /** One of them must contain the folder's path, by which the janitor recognises its processes. */
  readonly args: readonly string[];
  /** Folder for log and process id, this one or directly below; writable for the server's user. */
  readonly folder: string;
  /** The signal that ends it when the folder is removed. */
  readonly endSignal: "KILL" | "QUIT";
  readonly user?: UnixUser;
}

/** A user by numbers. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerProcess {
  readonly pid: number;
  readonly logFile: string;
  running(): boolean;
  /** Resolves with the exit code. It doesn't keep this process alive. */
  readonly exited: Promise<number>;
  /** Waits for the end and returns the exit code; keeps this process alive meanwhile. */
  ended(): Promise<number>;
  /** Sends the signal and waits for the end. */
  end(signal: Deno.Signal): Promise<void>;
}

/** Starts a janitor that creates a folder in the temporary folder and watches it. */
export async function makeOwnedFolder(): Promise<OwnedFolder> {
  const path = join(await temporaryFolder(), `sluice-sandbox-${crypto.randomUUID().slice(0, 13)}`);
  const janitor = new Deno.Command("/bin/sh", {
    args: [fileURLToPath(new URL("janitor.sh", import.meta.url)), path],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    cwd: "/",
    detached: true, // Ctrl-C in a terminal goes to the whole process group
  }).spawn();
  const said = janitor.stdout.getReader();
  const { done } = await said.read();
  await said.cancel();
  if (done) throw new Error(`Cannot make the folder ${path}: it isn't writable, or it exists already`);
  janitor.unref();
  let removal: Promise<void> | undefined;
  const remove = () =>
    removal ??= (async () => {
      janitor.ref();
      await janitor.stdin.close();
      await janitor.status;
    })();
  return { path, start: startServer, remove, [Symbol.asyncDispose]: remove };
}

/** Root runs PostgreSQL as another user, who must be able to enter the folder. */
async function temporaryFolder(): Promise<string> {
  return Deno.uid() !== 0 || await othersReach(tmpdir()) ? tmpdir() : "/tmp";
}

// The process id is on disk before the server starts, so the janitor can't miss it.
const launcher = 'printf "%s %s\\n" $$ "$1" >"$2" && log=$3 && shift 3 && exec "$@" >>"$log" 2>&1';

async function startServer(server: ServerCommand): Promise<ServerProcess> {
  const pidFile = join(server.folder, `${server.name}.pid`);
  const logFile = join(server.folder, `${server.name}.log`);
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", launcher, "sh", server.endSignal, pidFile, logFile, server.program, ...server.args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    cwd: server.folder,
    clearEnv: true, // JAVA_TOOL_OPTIONS, PGDATA and others are meant for other servers
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", LC_ALL: "C.UTF-8", HOME: server.folder },
    detached: true,
    ...(server.user ?? {}),
  }).spawn();
  child.unref();
  let running = true;
  const exited = child.status.then(async ({ code }) => {
    running = false;
    await Deno.remove(pidFile).catch(() => {}); // the janitor may have removed the whole folder
    return code;
  });
  const ended = () => {
    child.ref(); // otherwise this process could end meanwhile
    return exited;
  };
  const end = async (signal: Deno.Signal) => {
    if (running) child.kill(signal);
    await ended();
  };
  return await Promise.resolve({ pid: child.pid, logFile, exited, running: () => running, ended, end });
}
