/**
 * Parses `postgres://` and `jdbc:postgresql://` URLs.
 *
 * Errors name the option and the wrong part, and never show the URL: it may hold a password.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import { invalidValue, Password } from "../../../connect/api/config_def.ts";
import type { Destinations } from "../../../connect/api/plugins.ts";
import {
  type ConnectionTarget,
  type HostPort,
  readUrlParameters,
  refuseControls,
} from "./connection_parameters.ts";

export type { ConnectionTarget };

/** Values given beside the URL; they override it. */
interface ConnectionUrlOptions {
  readonly user?: string | null;
  readonly password?: Password | string | null;
  readonly option?: string;
}

const portDefault = 5432;
/** Connecting may wait for the timeout once per host. */
const hostsMax = 100;

/**
 * Parses a connection URL.
 *
 * `postgres://user:password@host:port,host2/database?sslmode=verify-full&sslrootcert=/ca.pem` (libpq's form), or
 * `jdbc:postgresql://host:port/database?user=…&ApplicationName=…` (pgjdbc's). Accepts pgjdbc's parameters that only
 * tune Java and ignores them. Refuses unknown ones by name.
 *
 * @throws ConfigException that names the option and the part, without any value of it
 *
 * @example
 * ```ts
 * import { parseConnectionUrl } from "./connection_url.ts";
 * const target = parseConnectionUrl("jdbc:postgresql://db/bank2?sslmode=require", { user: "writer" });
 * if (target.hosts[0]?.port !== 5432 || target.database !== "bank2") throw new Error("the port has a default");
 * ```
 */
export function parseConnectionUrl(url: string, options: ConnectionUrlOptions = {}): ConnectionTarget {
  const refuse = (why: string): ConfigException =>
    invalidValue(options.option ?? "connection.url", "[hidden]", why);
  const parts = splitUrl(url.trim(), refuse);
  const parameters = readUrlParameters(parts.query, refuse);
  const user = options.user ?? parameters.user ?? parts.user;
  const given = options.password ?? parameters.password ?? parts.password;
  refuseControls({ user, password: given instanceof Password ? given.value : given }, refuse);
  if (user === null || user === "") {
    throw refuse("Expected a user, in the URL (percent-encoded) or by connection.user");
  }
  const database = parameters.database ?? parts.database ?? user;
  return {
    ...readHosts(parameters.host ?? parts.authority, parameters.port, refuse),
    database,
    user,
    password: given === null ? null : given instanceof Password ? given : new Password(given),
    ...parameters.settings,
  };
}

/** Returns host, port and database, for messages: no user, no password. */
export function describeTarget(target: ConnectionTarget): string {
  const at = target.socketFolder ??
    target.hosts.map(({ host, port }) => host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`).join(
      ",",
    );
  return `${at}/${target.database}`;
}

/** Returns where a URL leads, or nothing if it can't be parsed. */
export function destinationsOf(url: string): Destinations {
  try {
    const target = parseConnectionUrl(url, { user: "any" });
    const { hosts, socketFolder, sslRootCertFile, sslCertFile, sslKeyFile } = target;
    return {
      hosts: socketFolder === null ? hosts.map(({ host, port }) => `${host}:${port}`) : [socketFolder],
      files: [sslRootCertFile, sslCertFile, sslKeyFile].filter((file) => file !== null),
    };
  } catch (error) {
    if (error instanceof ConfigException) return { hosts: [], files: [] };
    throw error;
  }
}

interface UrlParts {
  readonly authority: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly database: string | null;
  readonly query: string;
}

type Refuse = (why: string) => ConfigException;

/** Cuts the URL by hand: `URL` supports neither several hosts, nor jdbc:, nor an empty host. */
function splitUrl(url: string, refuse: Refuse): UrlParts {
  const scheme = /^(?:jdbc:)?postgres(?:ql)?:(\/\/)?/.exec(url);
  if (scheme === null) {
    const quotes = /^["'`]/.test(url) ? ", without quotes around it" : "";
    const found = url === "" ? "It is empty, expected" : "Expected";
    throw refuse(`${found} postgres://… or jdbc:postgresql://…${quotes}`);
  }
  const [place = "", query = ""] = splitOnce(url.slice(scheme[0].length), "?");
  // jdbc:postgresql:database and jdbc:postgresql:/ name no host
  const [authority = "", path = ""] = scheme[1] === undefined
    ? ["", place.replace(/^\//, "")]
    : splitOnce(place, "/");
  const at = authority.lastIndexOf("@");
  if (at < 0 && path.includes("@")) {
    throw refuse("Expected / in user and password to be percent-encoded, as %2F");
  }
  const [user = "", password] = at < 0 ? [] : splitOnce(authority.slice(0, at), ":");
  return {
    authority: authority.slice(at + 1),
    user: user === "" ? null : decode(user, "user", refuse),
    password: password === undefined ? null : decode(password, "password", refuse),
    database: path === "" ? null : decode(path, "database", refuse),
    query: url.startsWith("jdbc:") ? query : query.replaceAll("+", "%2B"), // + is a blank in Java and a plus in libpq
  };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string, part: string, refuse: Refuse): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch {
    // Only a lone % gets here; the error's own text would quote the part.
    throw refuse(`Expected the ${part} to be percent-encoded`);
  }
  refuseControls({ [part]: decoded }, refuse);
  return decoded;
}

function readHosts(
  authority: string,
  ports: string | null,
  refuse: Refuse,
): Pick<ConnectionTarget, "hosts" | "socketFolder"> {
  const shared = ports === null ? portDefault : readPort(ports, refuse);
  const decoded = decode(authority, "host", refuse);
  if (decoded.startsWith("/")) {
    return { hosts: [{ host: "localhost", port: shared }], socketFolder: decoded };
  }
  const hosts = decoded === "" ? ["localhost"] : decoded.split(",");
  if (hosts.length > hostsMax) throw refuse(`Expected at most ${hostsMax} hosts, found ${hosts.length}`);
  return { hosts: hosts.map((text) => readHost(text, shared, refuse)), socketFolder: null };
}

function readHost(text: string, portElse: number, refuse: Refuse): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) {
    throw refuse("Expected HOST or HOST:PORT, several separated by commas");
  }
  return { host, port: match[3] === undefined ? portElse : readPort(match[3], refuse) };
}

function readPort(text: string, refuse: Refuse): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw refuse("Expected a port between 1 and 65535");
  return port;
}
