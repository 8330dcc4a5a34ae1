/** Compares telesales' table row by row with what the events require. @module */

import postgres from "postgres";
import type { Person } from "../domain/telesales/person.ts";
import { type ReadRecord, TelesalesModel, type TelesalesModelOptions } from "./telesales_model.ts";

/** A row of Bank 2 as its administrator sees it. */
export interface ContactRow {
  /** Contact key as hex. */
  readonly key: string;
  readonly name: string | null;
  readonly phone: string | null;
  readonly region: string | null;
  /** Milliseconds since 1970. */
  readonly updatedAt: number | null;
}

/** The differences. They contain no personal data. */
export interface Comparison {
  readonly rowsExpected: number;
  readonly rowsFound: number;
  readonly rowsEqual: number;
  /** Number of missing rows. */
  readonly missing: number;
  /** Number of rows that should not exist. */
  readonly unexpected: number;
  /** Number of wrong values by column. */
  readonly different: Readonly<Record<ComparedColumn, number>>;
  /** Events that the contract rejects. */
  readonly rejected: number;
  /** Whether every row is correct. */
  readonly isEqual: boolean;
}

type ComparedColumn = "name" | "phone" | "region" | "updated_at";

/**
 * Compares rows with the events they come from.
 *
 * @param records all records of the connector's topics, in offset order within each partition
 *
 * @example
 * ```ts
 * import { compareTelesales } from "./compare_telesales.ts";
 * const none = compareTelesales([], [], { secret: "the secret that the connector has" });
 * if (!none.isEqual || none.rowsExpected !== 0) throw new Error("no records, no rows");
 * ```
 */
export function compareTelesales(
  records: Iterable<ReadRecord>,
  rows: Iterable<ContactRow>,
  options: TelesalesModelOptions,
): Comparison {
  const model = new TelesalesModel(options);
  for (const record of records) model.add(record);
  return compareWith(model, rows);
}

/** Compares rows with a model that has received the events. */
export function compareWith(model: TelesalesModel, rows: Iterable<ContactRow>): Comparison {
  const waiting = new Map(model.expected());
  const rowsExpected = waiting.size;
  const different = { name: 0, phone: 0, region: 0, updated_at: 0 };
  let [rowsFound, rowsEqual, unexpected] = [0, 0, 0];
  for (const row of rows) {
    rowsFound++;
    const expected = waiting.get(row.key);
    waiting.delete(row.key);
    const columns = expected === undefined ? [] : differences(expected, row);
    for (const column of columns) different[column]++;
    if (expected === undefined) unexpected++;
    else if (columns.length === 0) rowsEqual++;
  }
  const missing = waiting.size;
  return {
    ...{ rowsExpected, rowsFound, rowsEqual, missing, unexpected, different, rejected: model.rejected },
    isEqual: rowsEqual === rowsExpected && unexpected === 0 && missing === 0,
  };
}

/** Reads telesales' rows as the administrator. */
export async function readContactRows(adminUrl: string): Promise<readonly ContactRow[]> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    return await sql<ContactRow[]>`
      select encode(contact_key, 'hex') as key, name, phone, region,
             (extract(epoch from updated_at) * 1000)::float8 as "updatedAt"
        from telesales.person`;
  } finally {
    await sql.end();
  }
}

/** Returns the columns that differ from the most similar valid outcome. */
function differences(
  outcomes: readonly Person[],
  { name, phone, region, updatedAt }: ContactRow,
): readonly ComparedColumn[] {
  const different = outcomes.map((person) => {
    const found: ComparedColumn[] = [];
    if (person.name !== name) found.push("name");
    if (person.phone !== phone) found.push("phone");
    if (person.region !== region) found.push("region");
    if (person.updatedAt !== updatedAt) found.push("updated_at");
    return found;
  });
  return different.reduce((least, found) => found.length < least.length ? found : least);
}
