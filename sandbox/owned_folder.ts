/**
 * A folder with servers in it that all end with the process that made it.
 *
 * Beside each folder runs a small shell, the janitor (`janitor.sh`), which waits for its standard input to
 * close. The kernel closes it whatever becomes of this process, so there is one way out for a regular stop,
 * Ctrl-C, a failed test, a crash and kill -9, and every test takes it.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { othersReach } from "./machine.ts";

/** A folder that is gone, with all servers in it, when this process is. */
export interface OwnedFolder extends AsyncDisposable {
  readonly path: string;
  /** Starts a server in it. Its output goes to `NAME.log` in the server's own folder. */
  start(server: ServerCommand): Promise<ServerProcess>;
  /** Ends the servers and removes the folder; safe to call twice. */
  remove(): Promise<void>;
}

/** How a server is started. */
export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  /** One of them has to contain the folder's path: by it the janitor knows its own. */
  readonly args: readonly string[];
  /** Folder for log and process id, this one or directly below; the user that runs the server must be able to write there. */
  readonly folder: string;
  /** The signal that ends it when everything is thrown away. */
  readonly endSignal: "KILL" | "QUIT";
  readonly user?: UnixUser;
}

/** A user by numbers. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** A server that was started. */
export interface ServerProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with the exit code when the process has ended. */
  readonly exited: Promise<number>;
  running(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal: Deno.Signal): Promise<void>;
}

/** Makes a folder below the temporary one, and the janitor that looks after it. */
export async function makeOwnedFolder(): Promise<OwnedFolder> {
  const path = await makeReachableTempFolder();
  const janitor = new Deno.Command("/bin/sh", {
    args: [fileURLToPath(new URL("janitor.sh", import.meta.url)), path],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    cwd: "/",
    detached: true, // Ctrl-C in a terminal goes to the whole process group
  }).spawn();
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

/** Root runs PostgreSQL as another user, who has to get at the folder. */
async function makeReachableTempFolder(): Promise<string> {
  const path = await Deno.makeTempDir({ prefix: "sluice-sandbox-" });
  await Deno.chmod(path, 0o755);
  if (Deno.uid() !== 0 || await othersReach(path)) return path;
  await Deno.remove(path);
  const other = await Deno.makeTempDir({ dir: "/tmp", prefix: "sluice-sandbox-" });
  await Deno.chmod(other, 0o755);
  return other;
}

// The process id is on disk before the server exists, so no moment is left in which it could be overlooked.
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
    clearEnv: true, // JAVA_TOOL_OPTIONS, PGDATA and the like are meant for other servers
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", LC_ALL: "C.UTF-8", HOME: server.folder },
    detached: true,
    ...(server.user ?? {}),
  }).spawn();
  child.unref();
  let ended = false;
  const exited = child.status.then(async ({ code }) => {
    ended = true;
    await Deno.remove(pidFile).catch(() => {}); // the janitor may have removed the whole folder
    return code;
  });
  const end = async (signal: Deno.Signal) => {
    if (!ended) child.kill(signal);
    child.ref();
    await exited;
  };
  return await Promise.resolve({ pid: child.pid, logFile, exited, running: () => !ended, end });
}
