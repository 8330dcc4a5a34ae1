/** Turns a parsed connection URL into options of npm:postgres. @module */

import postgres from "postgres";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { certificatesOf, PemError, privateKeyOf, requireKeyOf } from "../../../connect/security/pem.ts";
import type { ConnectionTarget } from "./connection_url.ts";
import { openSocket, type SocketWay, type TlsOptions } from "./open_socket.ts";

/** Options for `postgres(…)`, complete, so that the driver reads no PG* variables, prints nothing and logs nothing. */
type DriverOptions = postgres.Options<Record<string, never>>;

/** Opens the socket that the driver uses. */
type SocketOpener = (way: SocketWay) => Promise<unknown>;

const connectTimeoutSecondsDefault = 10;
const keepAliveSeconds = 15;

/**
 * Returns options for `postgres(…)`. Reads certificate files at each call, so the next connection pool uses a rotated
 * one. The socket does TLS and the login, so the driver gets neither host nor password.
 *
 * @param applicationName what pg_stat_activity shows unless the URL names another
 * @param open opens the socket; absent = tries the hosts in turn
 * @throws ConfigException that names a file that can't be read
 *
 * @example
 * ```ts
 * import { driverOptions } from "./connection_options.ts";
 * import { parseConnectionUrl } from "./connection_url.ts";
 * const target = parseConnectionUrl("postgres://writer:secret@db:5433/bank2?sslmode=disable");
 * const options = await driverOptions(target, "sluice-telesales");
 * if (options.connection?.application_name !== "sluice-telesales") throw new Error("a connection has a name");
 * ```
 */
export async function driverOptions(
  target: ConnectionTarget,
  applicationName: string,
  open: SocketOpener = openerInTurn(target),
): Promise<DriverOptions> {
  const tls = await tlsOptions(target);
  const opened = {
    socket: ({ user, database, connection }: StartupOptions) =>
      open({ target, tls, parameters: { user, database, client_encoding: "UTF8", ...textsOf(connection) } }),
  };
  return {
    ...opened as DriverOptions, // the driver's types don't declare `socket`
    host: "socket", // with several hosts the driver hides a socket's error
    port: 1,
    database: target.database,
    user: target.user,
    password: "",
    ssl: false,
    prepare: target.prepare,
    connect_timeout: target.connectTimeoutSeconds ?? connectTimeoutSecondsDefault,
    keep_alive: keepAliveSeconds,
    target_session_attrs: target.targetSessionAttributes ?? undefined,
    connection: {
      application_name: target.applicationName ?? applicationName,
      ...target.sessionSettings,
    },
    onnotice: () => {}, // the driver would print notices, which can quote a row
    debug: false,
  };
}

/** Runs work on one connection, opened on first use and closed afterwards. */
export async function withConnection<T>(
  target: ConnectionTarget,
  applicationName: string,
  work: (sql: postgres.Sql) => Promise<T>,
): Promise<T> {
  const sql = postgres({ ...await driverOptions(target, applicationName), max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** The driver's startup message. */
interface StartupOptions {
  readonly user: string;
  readonly database: string;
  readonly connection: Readonly<Record<string, unknown>>;
}

/** Leaves out settings without a value, as the driver does. */
function textsOf(settings: StartupOptions["connection"]): Readonly<Record<string, string>> {
  const given = Object.entries(settings).filter(([, value]) => Boolean(value));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/**
 * Starts each connection with the next host: if a server has the wrong session attributes, the driver connects again.
 */
function openerInTurn({ connectTimeoutSeconds }: ConnectionTarget): SocketOpener {
  const timeoutMs = (connectTimeoutSeconds ?? connectTimeoutSecondsDefault) * 1000;
  const { signal } = new AbortController();
  let firstHost = 0;
  // Commands may read a whole table, such as the ledger.
  const limits = { timeoutMs, answerBytesMax: Number.POSITIVE_INFINITY };
  return async (way) =>
    (await openSocket({ ...way, ...limits, firstHost: firstHost++, time: { sleep }, signal })).forDriver;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const end = AbortSignal.any([AbortSignal.timeout(ms), ...signal === undefined ? [] : [signal]]);
  return new Promise((resolve) => end.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * Returns how TLS checks the server, and the client's certificate; null without TLS.
 *
 * @throws ConfigException that names a file that can't be read
 */
export async function tlsOptions(target: ConnectionTarget): Promise<TlsOptions | null> {
  const { sslMode } = target;
  // A Unix socket stays within the machine; libpq doesn't encrypt it either.
  if (sslMode === "disable" || target.socketFolder !== null) return null;
  const client = await clientCertificate(target);
  if (sslMode === "prefer" || sslMode === "require") return { rejectUnauthorized: false, ...client };
  const verified = {
    rejectUnauthorized: true,
    ...await rootCertificates(target.sslRootCertFile),
    ...client,
  };
  return sslMode === "verify-full" ? verified : { ...verified, checkServerIdentity: () => undefined };
}

async function rootCertificates(file: string | null): Promise<{ readonly ca?: string }> {
  if (file === null) return {};
  return { ca: await withPem("sslrootcert", file, (pem) => certificatesOf(pem).join("")) };
}

async function clientCertificate(
  { sslCertFile, sslKeyFile, sslPassword }: ConnectionTarget,
): Promise<{ readonly cert?: string; readonly key?: string }> {
  if (sslCertFile === null && sslKeyFile === null) return {};
  if (sslCertFile === null || sslKeyFile === null) {
    const [given, missing] = sslCertFile === null ? ["sslkey", "sslcert"] : ["sslcert", "sslkey"];
    throw new ConfigException(`Cannot use ${given} alone: expected ${missing} too`);
  }
  const chain = await withPem("sslcert", sslCertFile, certificatesOf);
  const key = await withPem("sslkey", sslKeyFile, (pem) => {
    const opened = privateKeyOf(pem, sslPassword?.value ?? null);
    requireKeyOf(chain[0] ?? "", opened);
    return opened;
  });
  return { cert: chain.join(""), key };
}

async function withPem<T>(parameter: string, file: string, read: (pem: string) => T): Promise<T> {
  let pem: string;
  try {
    pem = await Deno.readTextFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.name : "unreadable";
    throw new ConfigException(`Cannot read the file of ${parameter}: ${file} (${why})`, { cause: error });
  }
  try {
    return read(pem);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new ConfigException(`Cannot use the file of ${parameter}: ${file}, ${error.message}`, {
      cause: error,
    });
  }
}
