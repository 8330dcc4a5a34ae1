/**
 * Runs PostgreSQL's programs: makes a data folder, starts the server and waits until it serves.
 *
 * @module
 */

import { join } from "node:path";
import type { OwnedFolder, ServerProcess } from "./owned_folder.ts";
import type { PostgresInstall } from "./postgres_install.ts";
import { pollUntil } from "./wait.ts";

const startMsMax = 60_000;
const logLinesShown = 15;

/** A server's folders and how it's to run. */
export interface PostgresCommand {
  readonly install: PostgresInstall;
  readonly owner: OwnedFolder;
  /** Directly below the owner's, and the server user's own. */
  readonly folder: string;
  readonly dataDir: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

// What a crash of the process can't lose is not synced: the data goes with the machine's uptime anyway.
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

/** Makes the data folder. The superuser is postgres with password postgres. */
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
  // The child alone doesn't keep this process's event loop going, a timer does.
  await pollUntil("initdb", startMsMax, () => initdb.running() ? undefined : true);
  if (await initdb.exited !== 0) {
    throw new Error(
      `Cannot make PostgreSQL's data folder: ${lastLines(await Deno.readTextFile(initdb.logFile))}`,
    );
  }
  const rulesFile = join(command.dataDir, "pg_hba.conf");
  const rules = await Deno.readTextFile(rulesFile);
  await Deno.writeTextFile(rulesFile, [...hostRules, rules].join("\n"));
}

/** Starts the server; resolves when it takes connections. */
export async function launchPostgres(command: PostgresCommand): Promise<ServerProcess> {
  return await pollUntil("PostgreSQL to start", startMsMax, async () => {
    const logBefore = await readLog(logFileOf(command));
    const server = await startServer(command);
    const log = await untilReady(server, logBefore.length);
    if (log.includes(readyText)) return server;
    // After a kill -9 the old server's backends take a moment to notice that they are alone.
    if (log.includes("pre-existing shared memory block")) return undefined;
    throw new Error(`Cannot start PostgreSQL: it ended, and its log with:\n${lastLines(log)}`);
  });
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

/** What the server wrote until it was ready or ended. */
function untilReady(server: ServerProcess, logBytesBefore: number): Promise<string> {
  return pollUntil("PostgreSQL to be ready", startMsMax, async () => {
    const ended = !server.running();
    const log = (await readLog(server.logFile)).slice(logBytesBefore);
    return ended || log.includes(readyText) ? log : undefined;
  });
}

function logFileOf({ folder }: PostgresCommand): string {
  return join(folder, "postgres.log");
}

function userOf({ install }: PostgresCommand) {
  return install.user === undefined ? {} : { user: install.user };
}

async function readLog(file: string): Promise<string> {
  return await Deno.readTextFile(file).catch(() => ""); // not there before the first start
}

function lastLines(log: string): string {
  return log.trim().split("\n").slice(-logLinesShown).join("\n");
}
