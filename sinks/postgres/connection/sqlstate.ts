/**
 * What a database error means for a batch, and which parts of it may be shown.
 *
 * The driver's `message`, `detail`, `hint`, `where` and `query` can quote a row, so they never leave this folder.
 * {@link sqlFacts} picks the parts that name only structure.
 *
 * @module
 */

import { networkText } from "../../../connect/security/network_failure.ts";
import { tlsFailure } from "../../../connect/security/tls_failure.ts";
import type { FailureKind } from "../../sql/sql_failure.ts";
import { conditionName } from "./sqlstate_names.ts";

/** What a statement wrote: no record is to blame for a data error in Sluice's own tables. */
export type SqlWork = "rows" | "bookkeeping";

/** Parts of a database error without any value of a row. */
interface SqlFacts {
  /** Five characters, or null if the error didn't come from the server. */
  readonly sqlstate: string | null;
  /** The driver's or the system's code if there is no SQLSTATE, for example `ECONNREFUSED`. */
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
  readonly dataType?: string;
}

/** The server didn't answer in time, or not as PostgreSQL does: treated as an outage. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly code = "NO_ANSWER";
}

/** The server has no TLS and the URL requires it. */
export class NoTlsError extends Error {
  override readonly name = "NoTlsError";
  readonly code = "TLS_NOT_OFFERED";
}

/** Codes that differ from their class. */
const exact: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ["40001", "retry_now"],
  ["40P01", "retry_now"],
  ["53400", "fatal"], // a limit of the configuration stays until it is changed
  ["57014", "timeout"], // Sluice's own statement_timeout
  ["25P04", "timeout"], // transaction_timeout
  ["25006", "outage"], // read only: a standby after a failover
  ["25P03", "outage"], // idle_in_transaction_session_timeout: this process was stopped
  ["55P03", "outage"], // lock_timeout
]);

/** Classes whose cause is outside of the row, even if a trigger raised them. */
const outages = ["08", "40", "53", "57", "58"];
/** Classes about names, rights and statement forms: the catalog shows whether something is missing. */
const structures = ["42", "3F", "0A", "550"];
/** Classes about the login, the protocol or the transaction. */
const ours: readonly (readonly [string, FailureKind])[] = [
  ["28", "auth"],
  ["3D", "auth"],
  ["25", "fatal"],
  ["26", "fatal"],
  ["34", "fatal"],
];

/** Codes of errors that no server sent: the connection was lost, refused or never made. */
const lostConnection: ReadonlySet<string> = new Set([
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT", "NO_ANSWER"],
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTCONN", "ESHUTDOWN"],
  ...["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ENODATA", "ESERVFAIL"],
  ...["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN", "ENETRESET", "EADDRNOTAVAIL", "ENOENT"],
  ...["ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END", "ERR_SOCKET_CLOSED"],
]);

const lostConnectionClasses: ReadonlySet<string> = new Set([
  ...["ConnectionRefused", "ConnectionReset", "ConnectionAborted", "NotConnected", "BrokenPipe", "TimedOut"],
  ...["UnexpectedEof", "AddrNotAvailable", "NetworkUnreachable", "HostUnreachable"],
]);

/**
 * Classifies an error of working with the database, by SQLSTATE and by where the server raised it. (PostgreSQL
 * documentation, appendix A)
 *
 * @param work what was written; no record is to blame for Sluice's own bookkeeping
 *
 * @example
 * ```ts
 * import { classify } from "./sqlstate.ts";
 * if (classify({ code: "23505" }) !== "data") throw new Error("a violated constraint is about the data");
 * if (classify({ code: "ECONNREFUSED" }) !== "outage") throw new Error("a refused connection comes back");
 * if (classify({ code: "42501", routine: "ExecWithCheckOptions" }) !== "data") throw new Error("a policy's");
 * ```
 */
export function classify(error: unknown, work: SqlWork = "rows"): FailureKind {
  const { sqlstate } = sqlFacts(error);
  if (sqlstate === null) return classifyLocal(error);
  // An ALTER TABLE made a prepared statement stale; the driver prepares it again.
  if (sqlstate === "0A000" && textOf(error, "routine") === "RevalidateCachedQuery") return "retry_now";
  if (work === "rows") return isRaised(error) ? "data" : classifyState(sqlstate, isOfRowCode(error));
  const found = classifyState(sqlstate, false);
  if (found === "structure") return "config";
  return found === "data" ? "fatal" : found;
}

/** @param isRowCode whether a trigger, function, policy or check raised the error */
function classifyState(sqlstate: string, isRowCode: boolean): FailureKind {
  if (sqlstate.startsWith("XX")) return "fatal";
  const known = exact.get(sqlstate);
  if (known !== undefined) return known;
  if (outages.some((prefix) => sqlstate.startsWith(prefix))) return "outage";
  if (isRowCode) return "data";
  if (structures.some((prefix) => sqlstate.startsWith(prefix))) return "structure";
  return ours.find(([prefix]) => sqlstate.startsWith(prefix))?.[1] ?? "data";
}

/**
 * Whether a trigger, function, policy or check raised the error: only such code has a context (which is never shown),
 * and row-level security has a routine of its own. A value that the statement can't read has a context too, but is of
 * class 22.
 */
function isOfRowCode(error: unknown): boolean {
  return textOf(error, "where") !== undefined || textOf(error, "routine") === "ExecWithCheckOptions";
}

/** Returns the names and codes of a database error, and no text that could hold a row's value. */
export function sqlFacts(error: unknown): SqlFacts {
  const code = textOf(error, "code");
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || isLocalCode(code)) {
    return { sqlstate: null, ...(code === undefined ? {} : { code }) };
  }
  if (isRaised(error)) return { sqlstate: code };
  const facts: Record<string, string> = {};
  for (const [name, field] of shownFields) {
    const text = textOf(error, field);
    if (text !== undefined) facts[name] = text;
  }
  return { sqlstate: code, ...facts };
}

/** The server's functions by which triggers and functions raise their own errors. */
const raisingRoutines: ReadonlySet<string> = new Set(["exec_stmt_raise", "PLy_elog_impl", "do_util_elog"]);

/** A function that says `raise … using column = new.name` puts a value where the server's own errors have names. */
function isRaised(error: unknown): boolean {
  return textOf(error, "code") === "P0001" || raisingRoutines.has(textOf(error, "routine") ?? "");
}

const shownFields = [
  ["schema", "schema_name"],
  ["table", "table_name"],
  ["column", "column_name"],
  ["constraint", "constraint_name"],
  ["dataType", "data_type_name"],
] as const;

/**
 * Returns one line about a database error, for logs, status and messages.
 *
 * @example
 * ```ts
 * import { sqlFactsText } from "./sqlstate.ts";
 * const text = sqlFactsText({ code: "23502", table_name: "contact", column_name: "name", detail: "Failing row …" });
 * if (text !== "SQLSTATE 23502 not_null_violation, table contact, column name") throw new Error(text);
 * ```
 */
export function sqlFactsText(error: unknown): string {
  const { sqlstate, code, schema, table, column, constraint, dataType } = sqlFacts(error);
  const parts = [sqlstate === null ? localText(error, code) : sqlstateText(sqlstate)];
  if (table !== undefined) parts.push(`table ${schema === undefined ? table : `${schema}.${table}`}`);
  if (column !== undefined) parts.push(`column ${column}`);
  if (constraint !== undefined) parts.push(`constraint ${constraint}`);
  if (dataType !== undefined) parts.push(`type ${dataType}`);
  return parts.join(", ");
}

function sqlstateText(sqlstate: string): string {
  const name = conditionName(sqlstate);
  return name === undefined ? `SQLSTATE ${sqlstate}` : `SQLSTATE ${sqlstate} ${name}`;
}

function localText(error: unknown, code: string | undefined): string {
  if (isTlsRefusal(error)) return `TLS refused: ${tlsText(error)}${code === undefined ? "" : ` (${code})`}`;
  if (code !== undefined) return networkText(code);
  return error instanceof Error ? error.name : "unknown failure";
}

/** The failed check, with the URL's parameter to look at. */
function tlsText(error: unknown): string {
  if (error instanceof NoTlsError) return "the server offers none, and sslmode wants it";
  const failure = tlsFailure(error);
  switch (failure) {
    case "the certificate is for another host":
      return `${failure}, sslmode is verify-full`;
    case "it doesn't take our certificate":
      return `${failure}, see sslcert and sslkey`;
    case "the certificate is not signed by one that is trusted":
      // The runtime has one code for both.
      return `${failure}, see sslrootcert, or it has expired`;
    default:
      return failure ?? "the server's certificate is not trusted";
  }
}

/** EPIPE looks like a SQLSTATE, but no class of SQLSTATEs begins with E. */
function isLocalCode(code: string): boolean {
  return code.startsWith("E");
}

function classifyLocal(error: unknown): FailureKind {
  const code = textOf(error, "code");
  if (isTlsRefusal(error)) return "auth";
  if (code === "SASL_SIGNATURE_MISMATCH" || code?.startsWith("AUTH_TYPE_")) return "auth";
  if (code !== undefined && lostConnection.has(code)) return "outage";
  if (error instanceof Error && lostConnectionClasses.has(error.name)) return "outage";
  return "fatal";
}

const tlsCodes =
  /^(TLS_NOT_OFFERED|CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/**
 * Treated as a login error, since certificates are rotated like passwords. Deno's TLS errors have no code, so their
 * class and text decide.
 */
function isTlsRefusal(error: unknown): boolean {
  const code = textOf(error, "code");
  if (code !== undefined && tlsCodes.test(code)) return true;
  if (!(error instanceof Error)) return false;
  return error.name === "InvalidData" || /invalid peer certificate|received fatal alert/i.test(error.message);
}

function textOf(error: unknown, field: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === "string" && value !== "" ? value : undefined;
}
