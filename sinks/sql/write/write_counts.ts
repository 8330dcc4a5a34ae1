import type { RowsStatement, WriteCount } from "../dialect.ts";
import type { LedgerCounts } from "./ledger.ts";

/** One number, by name and reason. */
interface WriteMetric {
  readonly name: string;
  readonly reason: string;
  readonly by: number;
}

/** A statement of either kind, as far as it is counted. */
interface CountedStatement extends Pick<RowsStatement, "kind" | "plan"> {
  readonly rows: { readonly length: number };
}

interface WrittenBatch {
  readonly statements: readonly CountedStatement[];
  readonly tombstonesIgnored: number;
  readonly tooOld: number;
}

/** Counts what the statements of a batch did, for metrics and the ledger. */
export function countWrites(
  { statements, tombstonesIgnored, tooOld }: WrittenBatch,
  counts: readonly WriteCount[],
): { readonly metrics: readonly WriteMetric[]; readonly ledger: LedgerCounts } {
  const metrics = [
    { name: "records-ignored", reason: "tombstone", by: tombstonesIgnored },
    { name: "rows-suppressed", reason: "older_than_retention", by: tooOld },
    ...statements.flatMap((statement, index) => {
      const count = counts[index];
      return count === undefined ? [] : metricsOf(statement, count);
    }),
  ].filter(({ by }) => by > 0);
  const sum = (wanted: string) =>
    metrics.filter(({ name }) => name === wanted).reduce((total, { by }) => total + by, 0);
  const written = statements.reduce(
    (total, { kind }, index) => isWrite(kind) ? total + (counts[index]?.touched ?? 0) : total,
    0,
  );
  return {
    metrics,
    ledger: {
      written,
      erased: sum("rows-erased"),
      deleted: sum("rows-deleted"),
      suppressed: sum("rows-suppressed"),
    },
  };
}

function isWrite(kind: RowsStatement["kind"]): boolean {
  return kind !== "seal" && kind !== "delete" && kind !== "rekey";
}

function metricsOf(
  { kind, plan, rows }: CountedStatement,
  { touched, closed }: WriteCount,
): readonly WriteMetric[] {
  if (kind === "seal") return [{ name: "rows-erased", reason: "tombstone", by: rows.length }];
  if (kind === "delete") return [{ name: "rows-deleted", reason: "tombstone", by: touched }];
  if (kind === "rekey") return [{ name: "rows-rekeyed", reason: "previous_secret", by: touched }];
  const written = { name: "rows-written", reason: kind, by: touched };
  if (plan.guard === null || kind !== "upsert") return [written];
  return [
    written,
    { name: "rows-suppressed", reason: "erased_or_objecting", by: closed },
    { name: "rows-suppressed", reason: "not_newer", by: rows.length - touched - closed },
  ];
}
