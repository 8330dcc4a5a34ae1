/**
 * Runs PostgreSQL's programs: creates a data folder, starts the server and waits until it serves clients.
 *
 * @module
 */

import { join } from "node:path";
import { PortTakenError } from "../machine.ts";
import type { OwnedFolder, ServerProcess } from "../owned_folder.ts";
import type { PostgresInstall } from "./postgres_install.ts";
import { childrenOf, killIfThere } from "../processes.ts";
import { pollUntil, waitMsMax } from "../wait.ts";

const logLinesShown = 15;

export interface PostgresCommand {
  readonly install: PostgresInstall;
  readonly owner: OwnedFolder;
  /** Directly below the owner's folder; belongs to the server's user. */
  readonly folder: string;
  readonly dataDir: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

// Without syncing a crash of the process loses nothing; a crash of the machine may.
const ofSandbox = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** Creates the data folder. The superuser is postgres with password postgres. */
export async function initDatabase(command: PostgresCommand, hostRules: readonly string[]): Promise<void> {
  const { user } = command.install;
  await Deno.mkdir(command.dataDir, { recursive: true, mode: 0o700 });
  if (user) await Deno.chown(command.dataDir, user.uid, user.gid);
  const passwordFile = join(command.folder, "password");
  await Deno.writeTextFile(passwordFile, "postgres\n");
  const initdb = await command.owner.start({
    name: "initdb",
    program: join(command.install.bin, "initdb"),
    args: [
      ...["-D", command.dataDir, "-U", "postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
      ...["--no-sync", "--no-instructions", "--locale=C.UTF-8", "-E", "UTF8"],
    ],
    folder: command.folder,
    endSignal: "KILL",
    ...userOf(command),
  });
  // A timer keeps this process's event loop alive; the child alone doesn't.
  await pollUntil("initdb", waitMsMax, () => initdb.running() ? undefined : true);
  if (await initdb.ended() !== 0) {
    throw new Error(
      `Cannot make PostgreSQL's data folder: ${lastLines(await Deno.readTextFile(initdb.logFile))}`,
    );
  }
  const rulesFile = join(command.dataDir, "pg_hba.conf");
  const rules = await Deno.readTextFile(rulesFile);
  await Deno.writeTextFile(rulesFile, [...hostRules, rules].join("\n"));
}

/** Starts the server; resolves when it accepts connections. */
export async function launchPostgres(command: PostgresCommand): Promise<ServerProcess> {
  const logBefore = await readLog(join(command.folder, "postgres.log"));
  const server = await startServer(command);
  await pollUntil("PostgreSQL to start", waitMsMax, async () => {
    const ended = !server.running();
    const log = (await readLog(server.logFile)).slice(logBefore.length);
    if (log.includes(readyText)) return true;
    if (ended) {
      const text = `Cannot start PostgreSQL: it ended, and its log with:\n${lastLines(log)}`;
      throw log.includes("Address already in use") ? new PortTakenError(text) : new Error(text);
    }
    return undefined;
  });
  return server;
}

/**
 * Sends kill -9 to the postmaster and all backends.
 *
 * A backend in a long query would not notice that the postmaster is gone, and its shared memory would prevent
 * the next start.
 */
export async function killWithBackends(server: ServerProcess): Promise<void> {
  if (!server.running()) return;
  Deno.kill(server.pid, "SIGSTOP"); // so that no backend starts between listing and killing them
  const backends = await childrenOf(server.pid);
  await server.end("SIGKILL");
  for (const pid of backends) killIfThere(pid);
}

const readyText = "database system is ready to accept connections";

function startServer(command: PostgresCommand): Promise<ServerProcess> {
  const settings = Object.entries({ ...ofSandbox, ...command.settings });
  return command.owner.start({
    name: "postgres",
    program: join(command.install.bin, "postgres"),
    args: [
      ...["-D", command.dataDir, "-p", String(command.port)],
      ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    folder: command.folder,
    endSignal: "QUIT",
    ...userOf(command),
  });
}

function userOf({ install }: PostgresCommand) {
  return install.user === undefined ? {} : { user: install.user };
}

async function readLog(file: string): Promise<string> {
  return await Deno.readTextFile(file).catch(() => ""); // missing before the first start
}

function lastLines(log: string): string {
  return log.trim().split("\n").slice(-logLinesShown).join("\n");
}
