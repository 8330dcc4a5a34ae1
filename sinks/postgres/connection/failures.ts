/** Translates the driver's errors into the sink's: what to do, and no value of a row. @module */

import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import { SqlFailure } from "../../sql/sql_failure.ts";
import { classify, sqlFacts, sqlFactsText, type SqlWork } from "./sqlstate.ts";

const notNullViolation = "23502";
/** SQLSTATE of a statement after the one that failed. */
const afterFailure = "25P02";

/**
 * Translates an error of the driver. Doesn't keep the error itself: its message, detail and parameters can quote a row.
 *
 * @example
 * ```ts
 * import { sqlFailure } from "./failures.ts";
 * const failure = sqlFailure({ code: "23505", constraint_name: "people_pkey", detail: "Key (id)=(17) exists" });
 * if (failure.kind !== "data" || failure.message.includes("17)")) throw new Error("names, and never a value");
 * ```
 */
export function sqlFailure(error: unknown, work: SqlWork = "rows"): SqlFailure {
  if (error instanceof SqlFailure) return error;
  const { sqlstate, column } = sqlFacts(error);
  return new SqlFailure(classify(error, work), sqlFactsText(error), {
    sqlstate,
    ...(column === undefined ? {} : { column }),
    refusesNull: sqlstate === notNullViolation,
    isEcho: sqlstate === afterFailure,
  });
}

/** Whether an error came from the database or the connection, and not from Sluice's code. */
export function isDatabaseError(error: unknown): boolean {
  if (error instanceof SqlFailure) return true;
  return sqlFacts(error).sqlstate !== null || classify(error) !== "fatal";
}

/**
 * Throws if a commit wasn't one: if a statement in the transaction failed, PostgreSQL answers a commit with ROLLBACK.
 *
 * @example
 * ```ts
 * import { checkCommitted } from "./failures.ts";
 * checkCommitted({ command: "COMMIT" });
 * ```
 */
export function checkCommitted({ command }: { readonly command: string }): void {
  if (command === "COMMIT") return;
  throw new SqlFailure("fatal", "the database answered a commit with another command", { sqlstate: null });
}

const isToMigrate = "expected what sluice migrate makes";

/** What the operator can do, by SQLSTATE. */
const remedies: Readonly<Record<string, string>> = {
  "28P01": "correct the password in the URL",
  "28000": "correct the role in the URL, give it LOGIN, or let it in by pg_hba.conf",
  "3D000": "there is no such database: create it, or correct the URL",
  "42501": "the role may not do that: give the URL of the role that owns the database",
  "42P01": isToMigrate,
  "42883": isToMigrate,
  "3F000": isToMigrate,
  "42703": isToMigrate,
};

/** Errors that stay until the URL is corrected. */
const ofTheUrl: readonly string[] = ["28P01", "28000", "3D000"];

/**
 * Returns the exception for a failed command, with the remedy in its text: a ConfigException if the operator must
 * correct the URL.
 *
 * @example
 * ```ts
 * import { ownerFailure } from "./failures.ts";
 * const { message } = ownerFailure("Cannot migrate x: SQLSTATE 3D000", { code: "3D000" });
 * if (!message.endsWith("; there is no such database: create it, or correct the URL")) throw new Error(message);
 * ```
 */
export function ownerFailure(text: string, error: unknown): ConfigException | ConnectException {
  const sqlstate = sqlFacts(error).sqlstate ?? "";
  const remedy = remedies[sqlstate];
  const message = remedy === undefined ? text : `${text}; ${remedy}`;
  return ofTheUrl.includes(sqlstate)
    ? new ConfigException(message, { cause: error })
    : new ConnectException(message, { cause: error });
}
