/**
 * Refuses tables with rows of an unknown secret: events would add second rows, and seals would miss them.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { KeyFingerprints } from "../../sql/options/sink_settings.ts";
import { tableNameOf, tableText } from "../../sql/plan/table_name.ts";
import { type PostgresTable, regclassText } from "../tables/catalog.ts";
import { sqlFailure } from "../connection/failures.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { arrayLiterals } from "../statements/rows.ts";
import { foreignFingerprintSql, rekeyNothingSql } from "../statements/table_look.ts";

type AskDatabase = (text: string, parameters: string[]) => Promise<readonly unknown[]>;

/**
 * Checks that the secrets of all rows are configured.
 *
 * @throws ConfigException if one isn't
 */
export async function checkFingerprints(
  table: PostgresTable,
  fingerprints: KeyFingerprints | null,
  ask: AskDatabase,
): Promise<void> {
  if (fingerprints === null || !table.columns.has(fingerprints.column)) return;
  const column = quoteIdentifier(fingerprints.column);
  const accepted = arrayLiterals(fingerprints.accepted.map((text) => [`"${text}"`]));
  const [found] = await ask(
    foreignFingerprintSql(table.sql, column),
    accepted,
  );
  if (found === undefined) return await checkRekeying(fingerprints, ask);
  throw new ConfigException(
    `Cannot write to table ${
      tableText(table.name)
    }: it has rows whose ${fingerprints.column} belongs to no secret of ` +
      "key.secret or key.secret.previous; with a new secret give the old one in key.secret.previous",
  );
}

/** The function is missing, not for this role, or doesn't know the secrets. */
const refusals: ReadonlySet<string | null> = new Set(["42883", "42501", "3F000", "55000"]);

/** With a previous secret rows must be re-keyed: tries the function without rows. */
async function checkRekeying({ rekey, accepted }: KeyFingerprints, ask: AskDatabase): Promise<void> {
  if (rekey === null || accepted.length < 2) return;
  try {
    await ask(rekeyNothingSql(regclassText(tableNameOf(rekey.function, ""))), [rekey.word]);
  } catch (error) {
    const { sqlstate } = sqlFailure(error, "bookkeeping").facts;
    if (!refusals.has(sqlstate)) throw error;
    throw new ConfigException(
      `Cannot re-key rows by ${rekey.function} of key.rekey.function: SQLSTATE ${sqlstate}, expected it to know ` +
        "key.secret and key.secret.previous; run deno task migrate with both of them set",
      { cause: error },
    );
  }
}
