import assert from "node:assert/strict";
import type { RowsStatement, TablePlan, WriteKind } from "../../../../../sinks/sql/dialect.ts";
import { countWrites } from "../../../../../sinks/sql/write/write_counts.ts";

const table = { name: { schema: "public", table: "t" }, columns: [], keyColumns: [] };
const guard = { time: "updated_at", position: null, seal: null };

function statement(kind: WriteKind, rows: number, guarded = false): RowsStatement {
  const plan = { table, columns: [], guard: guarded ? guard : null } as unknown as TablePlan; // only its guard counts
  return { kind, plan, rows: Array.from({ length: rows }, () => []), records: [] };
}

function metricsOf(statements: readonly RowsStatement[], touched: readonly number[], closed = 0) {
  const counts = touched.map((count) => ({ touched: count, closed }));
  const { metrics } = countWrites({ statements, tombstonesIgnored: 0, tooOld: 0 }, counts);
  return metrics.map(({ name, reason, by }) => `${name} ${reason} ${by}`);
}

Deno.test("rows are counted by what was done with them", () => {
  const statements = [statement("insert", 3), statement("upsert", 4), statement("delete", 2)];
  assert.deepEqual(metricsOf(statements, [3, 4, 1]), [
    "rows-written insert 3",
    "rows-written upsert 4",
    "rows-deleted tombstone 1",
  ]);
});

Deno.test("of guarded rows those that stay as they are count as suppressed, not as written", () => {
  assert.deepEqual(metricsOf([statement("upsert", 10, true)], [5], 2), [
    "rows-written upsert 5",
    "rows-suppressed erased_or_objecting 2",
    "rows-suppressed not_newer 3",
  ]);
});
