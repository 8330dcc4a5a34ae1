/** Reads the parameters of a connection URL, by libpq's and by pgjdbc's names. @module */

import { Password } from "../../../connect/api/config_def.ts";
import type { ConfigException } from "../../../connect/api/exceptions.ts";
import { foreignParameterProblem } from "./jdbc_parameters.ts";
import { authMethods, type ChannelBinding } from "./login_rules.ts";

type Refuse = (why: string) => ConfigException;

/** libpq's `sslmode`; `prefer` goes on without TLS if the server has none. */
type SslMode = "disable" | "prefer" | "require" | "verify-ca" | "verify-full";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A parsed connection URL. Printing or serializing it shows no password. */
export interface ConnectionTarget {
  /** Servers in the order in which they are tried. With `socketFolder` only the port is used. */
  readonly hosts: readonly HostPort[];
  /** Folder of a Unix socket; its name has the port of `hosts[0]`. */
  readonly socketFolder: string | null;
  readonly database: string;
  readonly user: string;
  readonly password: Password | null;
  readonly sslMode: SslMode;
  readonly sslRootCertFile: string | null;
  readonly sslCertFile: string | null;
  readonly sslKeyFile: string | null;
  readonly sslPassword: Password | null;
  readonly applicationName: string | null;
  readonly connectTimeoutSeconds: number | null;
  readonly channelBinding: ChannelBinding;
  /**
   * Authentication methods that the server may ask for, or with `!` those it may not; null = the safe ones
   * (`LoginRules`).
   */
  readonly requireAuth: readonly string[] | null;
  readonly targetSessionAttributes: SessionAttributes | null;
  /** False behind PgBouncer in transaction mode: no named prepared statements. */
  readonly prepare: boolean;
  /** Settings of the session, such as search_path. */
  readonly sessionSettings: Readonly<Record<string, string>>;
}

/** libpq's `target_session_attrs`. */
type SessionAttributes = "read-write" | "read-only" | "primary" | "standby" | "prefer-standby";

interface UrlParameters {
  readonly user: string | null;
  readonly password: string | null;
  readonly host: string | null;
  readonly port: string | null;
  readonly database: string | null;
  readonly settings: Omit<ConnectionTarget, "hosts" | "socketFolder" | "database" | "user" | "password">;
}

/** pgjdbc's names of libpq's parameters, where both mean the same. */
const sameAs: Readonly<Record<string, string>> = {
  ApplicationName: "application_name",
  connectTimeout: "connect_timeout",
  loginTimeout: "connect_timeout",
  targetServerType: "target_session_attrs",
  currentSchema: "search_path",
  PGHOST: "host",
  PGPORT: "port",
  PGDBNAME: "dbname",
  channelBinding: "channel_binding",
  requireAuth: "require_auth",
};

const known: ReadonlySet<string> = new Set([
  ...["user", "password", "host", "port", "dbname", "sslmode", "ssl", "sslrootcert", "sslcert", "sslkey"],
  "sslpassword",
  ...["application_name", "connect_timeout", "target_session_attrs", "search_path", "prepareThreshold"],
  ...["prepare", "preferQueryMode", "preparedStatementCacheQueries", "channel_binding", "require_auth"],
]);

/**
 * Parses the query part of a connection URL.
 *
 * @throws ConfigException (from `refuse`) that names the parameter and not its value
 *
 * @example
 * ```ts
 * import { readUrlParameters } from "./connection_parameters.ts";
 * const { settings } = readUrlParameters("sslmode=require&sslrootcert=/ca.pem", (why) => { throw new Error(why); });
 * if (settings.sslMode !== "verify-ca") throw new Error("libpq checks the certificate once it has a root");
 * ```
 */
export function readUrlParameters(query: string, refuse: Refuse): UrlParameters {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const canonical = Object.hasOwn(sameAs, name) ? sameAs[name] ?? name : name;
    refuseControls({ [shownName(name)]: value }, refuse);
    if (known.has(canonical)) {
      values.set(canonical, value);
      continue;
    }
    const problem = foreignParameterProblem(name, value);
    if (problem !== null) throw refuse(problem ?? `Unknown parameter ${shownName(name)}`);
  }
  const of = (name: string): string | null => values.get(name) || null;
  const schema = of("search_path");
  return {
    user: of("user"),
    password: of("password"),
    host: of("host"),
    port: of("port"),
    database: of("dbname"),
    settings: {
      sslMode: readSslMode(of, { isBare: values.get("ssl") === "", refuse }),
      sslRootCertFile: of("sslrootcert") === "system" ? null : of("sslrootcert"),
      sslCertFile: of("sslcert"),
      sslKeyFile: of("sslkey"),
      sslPassword: passwordOrNull(of("sslpassword")),
      applicationName: of("application_name"),
      channelBinding: readChannelBinding(of("channel_binding"), refuse),
      requireAuth: readRequireAuth(of("require_auth"), refuse),
      connectTimeoutSeconds: readSeconds(of("connect_timeout"), refuse),
      targetSessionAttributes: readAttributes(of("target_session_attrs"), refuse),
      prepare: mayPrepare(of),
      sessionSettings: schema === null ? {} : { search_path: schema },
    },
  };
}

/** Each of these values keeps pgjdbc from naming statements, which PgBouncer's transaction mode doesn't support. */
function mayPrepare(of: (name: string) => string | null): boolean {
  return of("prepareThreshold") !== "0" && of("preparedStatementCacheQueries") !== "0" &&
    of("preferQueryMode") !== "simple" && of("prepare") !== "false";
}

function passwordOrNull(text: string | null): Password | null {
  return text === null ? null : new Password(text);
}

/** Shows a parameter's name only if it looks like one: a typo can put a secret there. */
function shownName(name: string): string {
  return /^[A-Za-z_.]{1,40}$/.test(name) ? name : "with an unusual name";
}

/**
 * As in libpq, `require` checks a root certificate that is given. As in pgjdbc, `ssl` and `ssl=true` are verify-full.
 */
function readSslMode(
  of: (name: string) => string | null,
  { isBare, refuse }: { readonly isBare: boolean; readonly refuse: Refuse },
): SslMode {
  const mode = of("sslmode");
  const root = of("sslrootcert");
  if (mode === null) {
    const ssl = of("ssl")?.toLowerCase();
    if (isBare || ssl === "true" || root === "system") return "verify-full";
    return ssl === "false" ? "disable" : "prefer";
  }
  switch (mode) {
    case "disable":
    case "prefer":
    case "verify-ca":
    case "verify-full":
      return mode;
    case "allow":
      return "prefer";
    case "require":
      return root === null ? "require" : root === "system" ? "verify-full" : "verify-ca";
    default:
      throw refuse("Expected sslmode to be disable, allow, prefer, require, verify-ca or verify-full");
  }
}

/**
 * NUL ends a text in PostgreSQL's messages, so the rest would become another parameter. Other control characters are
 * allowed only in a password.
 */
export function refuseControls(texts: Readonly<Record<string, string | null>>, refuse: Refuse): void {
  for (const [name, text] of Object.entries(texts)) {
    const isSecret = name === "password" || name === "sslpassword";
    if (text !== null && (isSecret ? /\0/ : /\p{Cc}/u).test(text)) {
      throw refuse(`Expected no ${isSecret ? "NUL" : "control character"} in ${name}`);
    }
  }
}

function readChannelBinding(text: string | null, refuse: Refuse): ChannelBinding {
  if (text === null) return "prefer";
  if (text === "disable" || text === "prefer" || text === "require") return text;
  throw refuse("Expected channel_binding to be disable, prefer or require");
}

/** As in libpq: methods that are allowed, or, each with `!`, methods that aren't. */
function readRequireAuth(text: string | null, refuse: Refuse): readonly string[] | null {
  if (text === null) return null;
  const names = text.split(",").map((name) => name.trim());
  const isNegative = names.map((name) => name.startsWith("!"));
  const areKnown = names.every((name) => authMethods.some((known) => known === name.replace("!", "")));
  if (areKnown && new Set(isNegative).size === 1) return names;
  throw refuse(`Expected require_auth to list some of ${authMethods.join(", ")}, or each with ! before it`);
}

/** A day: timers hold at most some weeks. */
const secondsMax = 86_400;

function readSeconds(text: string | null, refuse: Refuse): number | null {
  if (text === null) return null;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > secondsMax) {
    throw refuse(`Expected connect_timeout in whole seconds, up to ${secondsMax}`);
  }
  return seconds === 0 ? null : seconds;
}

const attributes: Readonly<Record<string, SessionAttributes | null>> = {
  "any": null,
  "read-write": "read-write",
  "read-only": "read-only",
  "primary": "primary",
  "master": "primary",
  "standby": "standby",
  "secondary": "standby",
  "slave": "standby",
  "preferSlave": "prefer-standby",
  "prefer-standby": "prefer-standby",
  "preferSecondary": "prefer-standby",
  "preferPrimary": null,
};

function readAttributes(text: string | null, refuse: Refuse): SessionAttributes | null {
  if (text === null) return null;
  const found = Object.hasOwn(attributes, text) ? attributes[text] : undefined;
  if (found === undefined) {
    throw refuse(
      "Expected target_session_attrs to be any, read-write, read-only, primary, standby or prefer-standby",
    );
  }
  return found;
}
