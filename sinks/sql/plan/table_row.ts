/** What one record does to one row, ready to be sent. @module */

import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Cell, WriteKind } from "../dialect.ts";
import type { Micros } from "./instant.ts";
import type { RowPlan } from "./table_plan.ts";

/** A value with a time of its own, as one row has it; null = unknown. */
export interface OwnValue {
  readonly value: Cell;
  readonly time: Cell;
  readonly micros: Micros;
}

/** What newest wins compares. */
export interface RowTiming {
  readonly micros: Micros;
  /** The same moment, for the database. */
  readonly cell: Cell;
  readonly at: SinkRecord["origin"];
  readonly offset: bigint;
  readonly own: readonly (OwnValue | null)[];
  readonly reopened: { readonly cell: Cell; readonly micros: Micros } | null;
}

/** One row of a statement to be, in the form of its kind. */
export interface RowChange {
  readonly kind: WriteKind;
  readonly plan: RowPlan;
  /** Text of the key: of the former one for a rekey. */
  readonly key: string;
  /**
   * Writes: the key, then the columns with role value and time. Deletes and seals: the key. Rekeys: the former key and
   * the key.
   */
  readonly cells: readonly Cell[];
  /** Of writes with newest wins. */
  readonly timing: RowTiming | null;
  /** Time of a seal. */
  readonly sealedMicros: Micros | null;
  /** Rekeys: which of the former keys it is, from 0. */
  readonly former: number;
  /** Where it comes from; of changes that were folded, the record that decided last. */
  readonly record: SinkRecord;
}
