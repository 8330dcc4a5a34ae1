/** The database as the role that owns it, for commands of people. @module */

import postgres from "postgres";
import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import { driverOptions } from "../connection/connection_options.ts";
import { describeTarget } from "../connection/connection_url.ts";
import { sqlFailure } from "../connection/failures.ts";
import { PostgresHousekeeping } from "./housekeeping.ts";
import { ownerFailure } from "../connection/owner_failure.ts";
import type { SqlSession } from "../offsets/offset_store.ts";
import type { PostgresSettings } from "../postgres_settings.ts";

/** A transaction of the owner's, with the ledger in it. */
export interface OwnerTransaction {
  readonly sql: SqlSession;
  readonly housekeeping: PostgresHousekeeping;
}

/**
 * Runs work in one transaction, and says what went wrong without a value of any row.
 *
 * @param command what a message calls it, such as `subject`
 */
export async function asOwner<T>(
  { target }: PostgresSettings,
  command: string,
  work: (tx: OwnerTransaction) => Promise<T>,
): Promise<T> {
  const sql = postgres({ ...await driverOptions(target, `sluice-${command}`), max: 1 });
  try {
    return await sql.begin(async (tx) => {
      const run = async <R extends object>(text: string, parameters: string[]) =>
        await tx.unsafe<R[]>(text, parameters);
      return await work({ sql: tx, housekeeping: new PostgresHousekeeping(run) });
    }) as T; // begin() unwraps arrays of promises in its type, and there are none
  } catch (error) {
    if (error instanceof ConfigException || error instanceof ConnectException) throw error;
    const { message } = sqlFailure(error, "bookkeeping"); // the driver's own text can quote a row
    throw ownerFailure(`Cannot run ${command} in ${describeTarget(target)}: ${message}`, error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
