import { z } from "zod";
import type { LedgerQuery, LedgerRangeText, LedgerRow } from "../../sql/database.ts";
import { ledgerSql, ledgerTextMax } from "../statements/ledger.ts";
import type { SqlSession } from "../connection/session.ts";

/** Returns the newest rows of the ledger, oldest first. A worker's login may have added rows of any form. */
export async function readLedger(sql: SqlSession, query: LedgerQuery): Promise<readonly LedgerRow[]> {
  const { connector, since, until, rowsMax } = query;
  const rows = await sql.unsafe<StoredRow[]>(
    ledgerSql,
    [connector, since?.toISOString() ?? null, until?.toISOString() ?? null, rowsMax],
  );
  return rows.map(rowOf).reverse();
}

type StoredRow = Omit<LedgerRow, "ranges" | "counts"> & {
  readonly ranges: unknown;
  readonly counts: unknown;
};

const offset = z.string().regex(/^\d{1,19}$/);
const topic = z.string().max(ledgerTextMax);
const rangesForm = z.record(
  topic,
  z.record(z.string().regex(/^\d{1,10}$/), z.array(z.tuple([offset, offset]))),
);
const countsForm = z.record(z.string().regex(/^[\w.-]{1,64}$/), z.int().nonnegative());

function rowOf(row: StoredRow): LedgerRow {
  const [ranges, counts] = [rangesForm.safeParse(row.ranges), countsForm.safeParse(row.counts)];
  return {
    ...row,
    ranges: ranges.success ? rangesOf(ranges.data) : [],
    counts: counts.success ? counts.data : {},
    ...(ranges.success && counts.success ? {} : { isMalformed: true }),
  };
}

function rangesOf(stored: z.infer<typeof rangesForm>): readonly LedgerRangeText[] {
  return Object.entries(stored).flatMap(([topic, partitions]) =>
    Object.entries(partitions).flatMap(([partition, ranges]) =>
      ranges.map(([from, next]) => ({ topic, partition: Number(partition), from, next }))
    )
  );
}
