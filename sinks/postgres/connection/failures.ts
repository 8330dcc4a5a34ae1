/** The driver's errors in the sink's form: what to do, and no value of a row. @module */

import { SqlFailure } from "../../sql/sql_failure.ts";
import { classify, sqlFacts, sqlFactsText, type SqlWork } from "./sqlstate.ts";

const notNullViolation = "23502";
/** A statement behind the one that failed. */
const afterFailure = "25P02";

/**
 * Translates what the driver threw. The error itself isn't kept: its message, detail and parameters can quote a row.
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

/** Whether an error came from the database or the way to it, and not from our own code or a decision of ours. */
export function isDatabaseError(error: unknown): boolean {
  if (error instanceof SqlFailure) return true;
  return sqlFacts(error).sqlstate !== null || classify(error) !== "fatal";
}
