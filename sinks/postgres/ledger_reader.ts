/** Reads the ledger, for whoever has to account for what was copied. @module */

import { ledgerTable } from "./ledger_table.ts";
import type { SqlSession } from "./offset_store.ts";

/** A row of the ledger as it is shown. */
export interface LedgerRow {
  readonly writtenAt: Date;
  readonly event: string;
  readonly clusterId: string | null;
  readonly task: number | null;
  readonly configHash: string | null;
  readonly columns: readonly string[] | null;
  readonly ranges: readonly LedgerRangeText[];
  readonly counts: Readonly<Record<string, number>>;
  /** Key of the person's row, as hex. */
  readonly subject: string | null;
  readonly byRole: string;
}

/** Offsets of one partition, as text since they may be larger than JSON's numbers. */
export interface LedgerRangeText {
  readonly topic: string;
  readonly partition: number;
  readonly from: string;
  readonly next: string;
}

/** Which rows. */
export interface LedgerQuery {
  readonly connector: string;
  readonly since: Date | null;
  readonly until: Date | null;
  /** The newest so many. */
  readonly rowsMax: number;
}

/** The newest rows, oldest first. */
export async function readLedger(sql: SqlSession, query: LedgerQuery): Promise<readonly LedgerRow[]> {
  const { connector, since, until, rowsMax } = query;
  const rows = await sql.unsafe<StoredRow[]>(
    `select written_at as "writtenAt", event, kafka_cluster_id as "clusterId", task, config_hash as "configHash",
            columns, coalesce(ranges, '{}') as ranges, counts, encode(subject, 'hex') as subject,
            by_role as "byRole"
       from ${ledgerTable}
      where connector = $1 and written_at >= coalesce($2::timestamptz, '-infinity')
        and written_at < coalesce($3::timestamptz, 'infinity')
      order by written_at desc
      limit $4`,
    [connector, since?.toISOString() ?? null, until?.toISOString() ?? null, rowsMax],
  );
  return rows.map((row) => ({ ...row, ranges: rangesOf(row.ranges) })).reverse();
}

type StoredRow = Omit<LedgerRow, "ranges"> & { readonly ranges: StoredRanges };
type StoredRanges = Readonly<
  Record<string, Readonly<Record<string, readonly (readonly [string, string])[]>>>
>;

function rangesOf(stored: StoredRanges): readonly LedgerRangeText[] {
  return Object.entries(stored).flatMap(([topic, partitions]) =>
    Object.entries(partitions).flatMap(([partition, ranges]) =>
      ranges.map(([from, next]) => ({ topic, partition: Number(partition), from, next }))
    )
  );
}
