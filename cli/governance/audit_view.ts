import type { LedgerRangeText, LedgerRow } from "../../sinks/sql/database.ts";
import { tableLines } from "../output.ts";

const titles = ["WRITTEN-AT", "EVENT", "TASK", "CONFIG", "COUNTS", "WHAT", "BY"] as const;
const configDigits = 12;
/** Longer cells don't widen their column. */
const widthMax = 120;

/** Returns the ledger, one row per line. */
export function ledgerLines(rows: readonly LedgerRow[]): readonly string[] {
  return tableLines([titles, ...rows.map(cellsOf)], widthMax);
}

function cellsOf(row: LedgerRow): readonly string[] {
  const { writtenAt, event, task, configHash, counts, ranges, subject, byRole, isMalformed } = row;
  const known = subject === null ? ranges.map(rangeText).join(" ") : `key ${subject}`;
  const what = isMalformed === true ? `malformed ${known}`.trim() : known;
  return [
    writtenAt.toISOString(),
    event,
    task === null ? "-" : String(task),
    configHash?.slice(0, configDigits) ?? "-",
    Object.entries(counts).map(([name, count]) => `${name}=${count}`).join(" ") || "-",
    what === "" ? "-" : what,
    byRole,
  ];
}

/** Warns of rows by other programs: they can add rows with the worker's login, but not remove any. */
export function malformedLines(rows: readonly LedgerRow[]): readonly string[] {
  const malformed = rows.filter(({ isMalformed }) => isMalformed === true);
  if (malformed.length === 0) return [];
  const roles = [...new Set(malformed.map(({ byRole }) => byRole))].join(", ");
  return [`${malformed.length} rows are malformed: another program added them with the login of ${roles}`];
}

function rangeText({ topic, partition, from, next }: LedgerRangeText): string {
  return `${topic}-${partition}:${from}..${next}`;
}

/**
 * Returns a line for each partition with offsets between its rows that no row has: records that were rejected
 * or filtered before the sink, or written by a worker that was killed before it added its row.
 * @example
 * ```ts
 * import { holesOf } from "./audit_view.ts";
 * const row = (from: string, next: string) => ({
 *   ...{ writtenAt: new Date(0), event: "copied", clusterId: "k", task: 0, configHash: null, columns: null },
 *   ...{ counts: {}, subject: null, byRole: "w", ranges: [{ topic: "people", partition: 0, from, next }] },
 * });
 * const [line] = holesOf([row("0", "10"), row("12", "20")]);
 * if (!line?.includes("people-0") || !line.includes("2 of the offsets 0..20")) throw new Error("10 and 11");
 * ```
 */
export function holesOf(rows: readonly LedgerRow[]): readonly string[] {
  const byPartition = new Map<string, LedgerRangeText[]>();
  for (const { clusterId, ranges } of rows) {
    for (const range of ranges) {
      const key = JSON.stringify([clusterId, range.topic, range.partition]);
      byPartition.set(key, [...byPartition.get(key) ?? [], range]);
    }
  }
  return [...byPartition.values()].flatMap(holeOf);
}

function holeOf(ranges: readonly LedgerRangeText[]): readonly string[] {
  const ordered = ranges.map(({ from, next }) => ({ from: BigInt(from), next: BigInt(next) }))
    .sort((a, b) => a.from < b.from ? -1 : 1);
  const [first] = ordered;
  const [{ topic, partition } = { topic: "", partition: 0 }] = ranges;
  if (first === undefined) return [];
  let [end, missing] = [first.next, 0n];
  for (const { from, next } of ordered) {
    if (from > end) missing += from - end;
    if (next > end) end = next;
  }
  if (missing === 0n) return [];
  return [
    `${topic}-${partition}: ${missing} of the offsets ${first.from}..${end} are in no row: ` +
    "refused or filtered, or a worker was killed before its row",
  ];
}
