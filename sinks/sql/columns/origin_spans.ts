import type { TopicPartition } from "../../../connect/api/record.ts";
import { SPAN_NUMBERS, SpanKind } from "../../../connect/api/spans.ts";
import type { Cell } from "../dialect.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { ColumnMemory } from "./column_memory.ts";
import { type ColumnPlan, Source } from "./column_plan.ts";

/** Spans that are the same in all rows of a partition: topic, partition and fingerprint. */
export class OriginSpans {
  readonly #settings: SinkSettings;
  readonly #memory: ColumnMemory;
  /** By plan. */
  readonly #spans: (Int32Array | undefined)[] = [];
  #origin: TopicPartition | undefined;

  constructor(settings: SinkSettings, memory: ColumnMemory) {
    this.#settings = settings;
    this.#memory = memory;
  }

  /** Forgets all: the memory has another batch. */
  clear(): void {
    this.#spans.length = 0;
    this.#origin = undefined;
  }

  /** Returns a row's spans, of which only those of these columns are set. */
  of(plan: ColumnPlan, origin: TopicPartition): Int32Array {
    if (origin !== this.#origin) this.clear();
    this.#origin = origin;
    return this.#spans[plan.index] ??= this.#make(plan, origin);
  }

  #make(plan: ColumnPlan, { topic, partition }: TopicPartition): Int32Array {
    const spans = new Int32Array(plan.from.length * SPAN_NUMBERS);
    const put = (column: number, value: string | bigint) => {
      const cell = plan.rows.write.columns[column]?.shape.encode(value);
      if (cell !== undefined) {
        putCell(plan, column, cell, { spans, at: column * SPAN_NUMBERS, memory: this.#memory });
      }
    };
    const fingerprint = this.#settings.fingerprints?.current;
    plan.from.forEach((source, column) => {
      if (source === Source.topic) put(column, topic);
      if (source === Source.partition) put(column, BigInt(partition));
      if (source === Source.fingerprint && fingerprint !== undefined) put(column, fingerprint);
    });
    return spans;
  }
}

/** Puts the span of a cell for a column of the plan. */
export function putCell(
  { forms, rows: { nullCell } }: ColumnPlan,
  column: number,
  cell: Cell,
  { spans, at, memory }: { readonly spans: Int32Array; readonly at: number; readonly memory: ColumnMemory },
): void {
  if (cell === nullCell) {
    spans[at] = SpanKind.null;
    return;
  }
  forms[column]!.spanOf(cell, spans, at, memory.arena);
  spans[at] = spans[at]! & 0x7f | memory.own << 8;
}
