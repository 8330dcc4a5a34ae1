/** Reads the ledger, for whoever has to account for what was copied. @module */

import { z } from "zod";
import { ledgerTable } from "./ledger_table.ts";
import type { SqlSession } from "../offsets/offset_store.ts";

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
  /** Key of the subject's row, as hex. */
  readonly subject: string | null;
  readonly byRole: string;
  /** Its ranges or counts aren't as Sluice writes them, and are left out: another program has added it. */
  readonly isMalformed?: true;
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

/** Longest JSON and text that is read of a row, characters: Sluice itself writes far less. */
const jsonCharactersMax = 1_000_000;
const textCharactersMax = 249;

/** The newest rows, oldest first. Who has a worker's login may have added some of any form. */
export async function readLedger(sql: SqlSession, query: LedgerQuery): Promise<readonly LedgerRow[]> {
  const { connector, since, until, rowsMax } = query;
  const short = (column: string) => `left(${column}, ${textCharactersMax})`;
  const bounded = (column: string) =>
    `case when length(${column}::text) <= ${jsonCharactersMax} then ${column} else '0' end`;
  const rows = await sql.unsafe<StoredRow[]>(
    `select written_at as "writtenAt", event, ${short("kafka_cluster_id")} as "clusterId", task,
            ${short("config_hash")} as "configHash",
            case when length(columns::text) <= ${jsonCharactersMax} then columns end as columns,
            ${bounded("coalesce(ranges, '{}')")} as ranges, ${bounded("counts")} as counts,
            encode(subject, 'hex') as subject, by_role as "byRole"
       from ${ledgerTable}
      where connector = $1 and written_at >= coalesce($2::timestamptz, '-infinity')
        and written_at < coalesce($3::timestamptz, 'infinity')
      order by written_at desc
      limit $4`,
    [connector, since?.toISOString() ?? null, until?.toISOString() ?? null, rowsMax],
  );
  return rows.map(rowOf).reverse();
}

type StoredRow = Omit<LedgerRow, "ranges" | "counts"> & {
  readonly ranges: unknown;
  readonly counts: unknown;
};

const offset = z.string().regex(/^\d{1,19}$/);
const topic = z.string().max(textCharactersMax);
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
