/** Runs a real PostgreSQL for the demo and tests. @module */

import { join } from "node:path";
import { createDatabase, databaseUrl, dropDatabase } from "./databases.ts";
import { exists, freePort, onFreePorts } from "../machine.ts";
import { makeOwnedFolder, type OwnedFolder } from "../owned_folder.ts";
import { initDatabase, killWithBackends, launchPostgres, type PostgresCommand } from "./postgres_process.ts";
import { installPostgres } from "./postgres_install.ts";

export interface PostgresOptions {
  /** Chosen if absent; a restart keeps it. */
  readonly port?: number;
  /** Folder for the data, kept after `stop`; if absent, a new folder that is removed with the server. */
  readonly dataDir?: string;
  /** Settings of `postgresql.conf`, which override the sandbox's. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of `pg_hba.conf` before the sandbox's own. */
  readonly hostRules?: readonly string[];
  /** Folder with `initdb` and `postgres`, for tests with another version. */
  readonly bin?: string;
  /** A folder shared by several servers that end together; the server doesn't remove it. */
  readonly owner?: OwnedFolder;
}

export interface PostgresServer extends AsyncDisposable {
  /** The superuser's URL of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Process id of the present or last postmaster. */
  readonly pid: number;
  readonly logFile: string;
  readonly dataDir: string;
  /** Returns the URL of a database, for the superuser or another user. */
  urlOf(database: string, user?: string, password?: string): string;
  /** Creates a database, optionally copying one without connections; returns the superuser's URL of it. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Drops a database, closing its connections. */
  dropDatabase(name: string): Promise<void>;
  /** Stops it if it runs (`fast`: rolls back open transactions); starts it with the same data and port. */
  restart(): Promise<void>;
  /** Sends kill -9 to the postmaster and all backends; `restart` starts it again. */
  kill(): Promise<void>;
  /** Stops it and removes its folder (not a given `dataDir` or `owner`); safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on 127.0.0.1, with passwords and without fsync.
 *
 * The server always ends with this process.
 *
 * @throws MachineLacksError if PostgreSQL isn't available.
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
  const folders = own.move(); // from here on `stop` removes them
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
