/** From a parsed connection URL to what npm:postgres takes. @module */

import { isIP } from "node:net";
import type postgres from "postgres";
import { ConfigException } from "../../connect/api/exceptions.ts";
import { certificatesOf, PemError, privateKeyOf, requireKeyOf } from "../../connect/api/pem.ts";
import type { ConnectionTarget } from "./connection_url.ts";

/** Options for `postgres(…)`: nothing is left for it to take from PG* variables, to print or to log. */
export type DriverOptions = postgres.Options<Record<string, never>>;

const connectTimeoutSecondsDefault = 10;
const keepAliveSeconds = 15;

/**
 * Options for `postgres(…)`. Certificate files are read at each call, so that a rotated one is taken up with
 * the next connection pool.
 *
 * @param applicationName what pg_stat_activity shows unless the URL names another
 * @throws ConfigException that names the file that can't be read
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
): Promise<DriverOptions> {
  // The driver takes lists of hosts and ports, its types name only a text and a number.
  const places = {
    host: target.hosts.map(({ host }) => host),
    port: target.hosts.map(({ port }) => port),
  } as unknown as Pick<DriverOptions, "host" | "port">;
  const port = target.hosts[0]?.port;
  return {
    ...places,
    ...(target.socketFolder === null ? {} : { path: `${target.socketFolder}/.s.PGSQL.${port}` }),
    database: target.database,
    user: target.user,
    password: target.password?.value ?? "",
    ssl: await tlsOptions(target),
    prepare: target.prepare,
    connect_timeout: target.connectTimeoutSeconds ?? connectTimeoutSecondsDefault,
    keep_alive: keepAliveSeconds,
    target_session_attrs: target.targetSessionAttributes ?? undefined,
    connection: {
      application_name: target.applicationName ?? applicationName,
      ...target.sessionSettings,
    },
    onnotice: () => {}, // a notice can quote a row; the driver would print it
    debug: false,
  };
}

async function tlsOptions(target: ConnectionTarget): Promise<NonNullable<DriverOptions["ssl"]>> {
  const { sslMode } = target;
  // A Unix socket doesn't leave the machine; libpq doesn't encrypt it either.
  if (sslMode === "disable" || target.socketFolder !== null) return false;
  const client = await clientCertificate(target);
  if (sslMode === "prefer") return "prefer";
  if (sslMode === "require") return { rejectUnauthorized: false, ...client };
  const verified = {
    rejectUnauthorized: true,
    ...await rootCertificates(target.sslRootCertFile),
    ...client,
  };
  return sslMode === "verify-full"
    ? { ...verified, ...addressToVerify(target) }
    : { ...verified, checkServerIdentity: () => undefined };
}

/**
 * The driver names the server to TLS only where it has a name. For an address the runtime would check the
 * certificate for "localhost", and take one that any neighbour may have.
 */
function addressToVerify({ hosts }: ConnectionTarget): { readonly host?: string } {
  const address = hosts.find(({ host }) => isIP(host) !== 0)?.host;
  if (address === undefined) return {};
  if (hosts.length === 1) return { host: address };
  throw new ConfigException(
    "Cannot verify several servers: Expected names instead of addresses with verify-full",
  );
}

async function rootCertificates(file: string | null): Promise<{ readonly ca?: string }> {
  if (file === null) return {};
  return { ca: await withPem("sslrootcert", file, (pem) => certificatesOf(pem).join("")) };
}

/** Who we are, for servers that ask. */
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
