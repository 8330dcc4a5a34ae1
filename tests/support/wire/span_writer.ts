/** A PostgreSQL dialect for tests of rows of spans, and rows made by hand. @module */

import { systemTime } from "../../../cli/process/system_time.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { SPAN_NUMBERS, SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import { SessionKeeper } from "../../../sinks/postgres/connection/session_keeper.ts";
import { OffsetStore } from "../../../sinks/postgres/offsets/offset_store.ts";
import { PostgresDialect } from "../../../sinks/postgres/postgres_dialect.ts";
import { readPostgresSettings } from "../../../sinks/postgres/postgres_settings.ts";
import type { Cell, RowsStatement, TablePlan, WriteKind } from "../../../sinks/sql/dialect.ts";
import type { SpanRows, SpanStatement } from "../../../sinks/sql/span_dialect.ts";
import { readSinkSettings } from "../../../sinks/sql/options/option_rules.ts";
import { tableNameOf } from "../../../sinks/sql/plan/table_name.ts";
import { planTable } from "../../../sinks/sql/plan/table_plan.ts";
import { FakeLogger } from "../fakes/fake_logger.ts";

/** A dialect that keeps offsets, and its parts. */
export interface SpanWriter extends AsyncDisposable {
  readonly keeper: SessionKeeper;
  readonly dialect: PostgresDialect;
  readonly store: OffsetStore;
  /** Plans the statements of the table that the options name. */
  plan(valueNames: readonly string[]): Promise<TablePlan>;
}

/** @param props the sink's options; `table.name.format` is the table */
export function spanWriter(url: string, props: Props): SpanWriter {
  const settings = readPostgresSettings({ "connection.url": `${url}?sslmode=disable`, ...props });
  const keeper = new SessionKeeper({
    ...{ settings, applicationName: "sluice-test", time: systemTime },
    ...{ logger: new FakeLogger(), signal: new AbortController().signal },
  });
  const store = new OffsetStore({ connector: "people", clusterId: "kafka-1" });
  const dialect = new PostgresDialect({
    ...{ keeper, limits: settings.limits, fingerprints: null },
    opener: { store } as never,
    checkTable: () => Promise.resolve(),
  });
  return {
    ...{ keeper, dialect, store },
    async plan(valueNames) {
      const sink = readSinkSettings({ "connection.url": url, ...props });
      const table = await dialect.describe(tableNameOf(sink.tableNameFormat, ""));
      return planTable(table, { keyNames: sink.keyFields, valueNames }, sink).write;
    },
    [Symbol.asyncDispose]: () => keeper.close(),
  };
}

type Values = Readonly<Record<string, unknown>>;

/** Makes the cells of rows; a missing value is NULL. */
export function cellsOf(plan: TablePlan, values: readonly Values[]): readonly (readonly Cell[])[] {
  return values.map((row) =>
    plan.columns.map(({ shape }) => shape.encode((row[shape.name] ?? null) as never))
  );
}

export function cellStatement(kind: WriteKind, plan: TablePlan, values: readonly Values[]): RowsStatement {
  return { kind, plan, rows: cellsOf(plan, values), records: [] };
}

/** Makes a statement whose spans are those of cells. */
export function spanStatement(
  { dialect }: SpanWriter,
  kind: WriteKind,
  plan: TablePlan,
  values: readonly Values[],
): SpanStatement {
  const arena = new SpanArena(16);
  const columns = plan.columns.length;
  const spans = new Int32Array(values.length * columns * SPAN_NUMBERS);
  const cells = cellsOf(plan, values).flat();
  cells.forEach((cell, index) => {
    const shape = plan.columns[index % columns]?.shape;
    const form = shape === undefined ? null : dialect.spans.formOf(shape);
    if (form === null) throw new Error(`Cannot make spans for column ${shape?.name}`);
    form.spanOf(cell, spans, index * SPAN_NUMBERS, arena);
  });
  return { kind, plan, rows: { count: values.length, spans, sources: [arena.bytes] } };
}

/** A span by hand: a JSON text, or the halves of a number. */
type GivenSpan = readonly [kind: number, text: string | bigint];

/** Makes rows of spans; each column's bytes are in a memory of their own. */
export function givenRows(rows: readonly (readonly GivenSpan[])[]): SpanRows {
  const columns = rows[0]?.length ?? 0;
  const arenas = Array.from({ length: columns }, () => new SpanArena(1));
  const spans = rows.flatMap((row) =>
    row.flatMap(([kind, text], column) => {
      if (typeof text === "bigint") {
        return [kind, Number(BigInt.asIntN(32, text >> 32n)), Number(BigInt.asIntN(32, text))];
      }
      const arena = arenas[column] as SpanArena;
      const at = arena.length;
      return kind <= SpanKind.true ? [kind, 0, 0] : [kind | column << 8, at, arena.addText(text)];
    })
  );
  return { count: rows.length, spans: Int32Array.from(spans), sources: arenas.map(({ bytes }) => bytes) };
}
