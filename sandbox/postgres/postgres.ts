/**
 * A real PostgreSQL for demo and tests.
 *
 * @module
 */

import { join } from "node:path";
import { createDatabase, databaseUrl, dropDatabase } from "./databases.ts";
import { exists, freePort, onFreePorts } from "../machine.ts";
import { makeOwnedFolder, type OwnedFolder } from "../owned_folder.ts";
import { initDatabase, killWithBackends, launchPostgres, type PostgresCommand } from "./postgres_process.ts";
import { installPostgres } from "./postgres_install.ts";

/** How to start a database server; everything has a default. */
export interface PostgresOptions {
  /** Chosen when absent; a restart keeps it. */
  readonly port?: number;
  /** Folder for the data, kept after `stop`; when absent it's a fresh one that goes with the server. */
  readonly dataDir?: string;
  /** Settings of `postgresql.conf`, which win over the sandbox's. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf` before the sandbox's own. */
  readonly hostRules?: readonly string[];
  /** Folder with `initdb` and `postgres`, for tests with another version. */
  readonly bin?: string;
  /** A folder of several servers that end together; the server then doesn't remove it. */
  readonly owner?: OwnedFolder;
}

/** A running database server. */
export interface PostgresServer extends AsyncDisposable {
  /** URL of the superuser at database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Process id of the postmaster that runs now, or ran last. */
  readonly pid: number;
  readonly logFile: string;
  readonly dataDir: string;
  /** URL of a database, for the superuser or for somebody else. */
  urlOf(database: string, user?: string, password?: string): string;
  /** Makes a database, if wanted as a copy of one to which nobody is connected; returns the superuser's URL of it. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Removes a database, with the connections to it. */
  dropDatabase(name: string): Promise<void>;
  /** Ends it if it runs (`fast`: open transactions are rolled back), and starts it with the same data and port. */
  restart(): Promise<void>;
  /** kill -9 of the postmaster and all backends; `restart` brings it back. */
  kill(): Promise<void>;
  /** Ends it for good and removes its folder (not a given `dataDir` or `owner`); safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1, with passwords on and without fsync.
 *
 * The server ends with this process, however that ends.
 *
 * @throws MachineLacksError where there is no PostgreSQL to be had.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const install = await installPostgres(options.bin);
  await using own = new AsyncDisposableStack();
  const owner = options.owner ?? own.use(await makeOwnedFolder());
  const folder = join(owner.path, "postgres");
  await Deno.mkdir(folder);
  if (install.user) await Deno.chown(folder, install.user.uid, install.user.gid);
  const dataDir = options.dataDir ?? join(folder, "data");
  const started = await onFreePorts(async () => {
    const port = options.port ?? freePort();
    const settings = options.settings ?? {};
    const command: PostgresCommand = { install, owner, folder, dataDir, port, settings };
    if (!await exists(join(dataDir, "PG_VERSION"))) await initDatabase(command, options.hostRules ?? []);
    return { command, server: await launchPostgres(command) };
  });
  const { command } = started;
  let { server } = started;
  const folders = own.move(); // from here on it's `stop` that removes them
  const stop = async () => {
    if (options.dataDir !== undefined || options.owner !== undefined) await server.end("SIGINT");
    await folders.disposeAsync();
  };
  return {
    ...access(command.port),
    get pid() {
      return server.pid;
    },
    logFile: server.logFile,
    dataDir: command.dataDir,
    restart: async () => {
      await server.end("SIGINT");
      server = await launchPostgres(command);
    },
    kill: () => killWithBackends(server),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function access(port: number) {
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  return {
    url,
    port,
    urlOf: (database: string, user = "postgres", password = "postgres") => {
      const other = new URL(databaseUrl(url, database));
      return Object.assign(other, { username: user, password }).href;
    },
    createDatabase: (name: string, template?: string) => createDatabase(url, name, template),
    dropDatabase: (name: string) => dropDatabase(url, name),
  };
}
