import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Cell, WriteKind } from "../dialect.ts";
import type { Micros } from "./instant.ts";
import type { RowPlan } from "./table_plan.ts";

/** A value with a time of its own; null = unknown. */
export interface OwnValue {
  readonly value: Cell;
  readonly time: Cell;
  readonly micros: Micros;
}

/** What newest wins compares. */
export interface RowTiming {
  readonly micros: Micros;
  /** The same time, encoded. */
  readonly cell: Cell;
  readonly at: SinkRecord["origin"];
  readonly offset: bigint;
  readonly own: readonly (OwnValue | null)[];
  readonly reopened: { readonly cell: Cell; readonly micros: Micros } | null;
}

/** What one record does to one row, ready to be sent. */
export interface RowChange {
  readonly kind: WriteKind;
  readonly plan: RowPlan;
  /** Text of the key; for a rekey, of the former one. */
  readonly key: string;
  /**
   * Writes: the key, then the columns with role value and time. Deletes and seals: the key. Rekeys: the former key and
   * the key.
   */
  readonly cells: readonly Cell[];
  /** For writes with newest wins. */
  readonly timing: RowTiming | null;
  /** Time of a seal. */
  readonly sealedMicros: Micros | null;
  /** For rekeys: index of the former key. */
  readonly former: number;
  /** The record of the change; for folded changes, the one that decided last. */
  readonly record: SinkRecord;
}
