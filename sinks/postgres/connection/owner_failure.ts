/** What kept a command of a person from its database, and what that person can do. @module */

import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import { sqlFacts } from "./sqlstate.ts";

const isToMigrate = "expected what sluice migrate makes";

/** By SQLSTATE. */
const remedies: Readonly<Record<string, string>> = {
  "28P01": "correct the password in the URL",
  "28000": "correct the role in the URL, give it LOGIN, or let it in by pg_hba.conf",
  "3D000": "there is no such database: create it, or correct the URL",
  "42501": "the role may not do that: the URL of the role that owns the database is expected",
  "42P01": isToMigrate,
  "42883": isToMigrate,
  "3F000": isToMigrate,
  "42703": isToMigrate,
};

/** The URL is wrong, and stays so when the command is given again. */
const ofTheUrl: readonly string[] = ["28P01", "28000", "3D000"];

/**
 * The exception for a failure, with the remedy behind its text: a ConfigException if the URL is to be corrected.
 *
 * @example
 * ```ts
 * import { ownerFailure } from "./owner_failure.ts";
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
