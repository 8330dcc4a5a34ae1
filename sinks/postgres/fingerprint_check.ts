/** Rows whose secret isn't known would be met under another key: doubled by events, and missed by erasures. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { KeyFingerprints } from "../sql/sink_settings.ts";
import { tableText } from "../sql/table_name.ts";
import type { PostgresTable } from "./catalog.ts";
import { quoteIdentifier } from "./identifier.ts";
import { arrayLiterals } from "./row_sql.ts";

/** Asks the database. */
export type AskDatabase = (text: string, parameters: string[]) => Promise<readonly unknown[]>;

/**
 * Looks for such a row.
 *
 * @throws ConfigException where there is one
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
    `select 1 as found from ${table.sql} where ${column} is null or ${column} <> all ($1::text[]) limit 1`,
    accepted,
  );
  if (found === undefined) return;
  throw new ConfigException(
    `Cannot write to table ${
      tableText(table.name)
    }: it has rows whose ${fingerprints.column} belongs to no secret of ` +
      "key.secret or key.secret.previous; with a new secret give the old one in key.secret.previous",
  );
}
