/** Exceptions for records that the sink can't write. @module */

import { DataException } from "../../../connect/api/exceptions.ts";
import { partitionKey, PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { CellProblem, type SqlFailure } from "../sql_failure.ts";
import { tableText } from "../plan/table_name.ts";
import type { RowChange } from "../plan/table_row.ts";

/** A record and why it is bad. */
export interface BadRecord {
  readonly record: SinkRecord;
  readonly error: DataException;
}

/** A problem whose record isn't known yet. */
interface RecordProblem {
  readonly rule: string;
  readonly field?: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Makes the exception for a record that can't become a row.
 *
 * @example
 * ```ts
 * import { ConnectRecord, type SinkRecord } from "../../../connect/api/record.ts";
 * import { badRecord } from "./bad_record.ts";
 * const record = ConnectRecord.of({ topic: "people", offset: 7n }) as SinkRecord;
 * const error = badRecord(record, { rule: "key_missing", field: "id", expected: "a value", found: "null" });
 * if (error.rule !== "key_missing" || error.field !== "id") throw new Error("rule and field can be counted");
 * ```
 */
export function badRecord(
  record: SinkRecord,
  { rule, field, expected, found }: RecordProblem,
): DataException {
  const what = field === undefined ? "" : `field ${field}, `;
  return new DataException(
    `Cannot write record ${placeOf(record)}: ${what}rule ${rule}: Expected ${expected}, found ${found}`,
    {
      rule,
      ...(field === undefined ? {} : { field }),
    },
  );
}

/** Makes the exception for a record that the database refused. */
export function refusedRecord({ record, plan }: RowChange, failure: SqlFailure): DataException {
  const { column } = failure.facts;
  const text = `Cannot write record ${placeOf(record)} to table ${
    tableText(plan.table.name)
  }: ${failure.message}`;
  return new DataException(`${text}${remedyOf(plan, failure)}`, {
    rule: failure.rule,
    ...(column === undefined ? {} : { field: column }),
  });
}

/** The remedy if the record lacks a field whose column has no default and may not be NULL. */
function remedyOf({ write }: RowChange["plan"], { facts: { column, refusesNull } }: SqlFailure): string {
  if (refusesNull !== true || column === undefined) return "";
  if (write.columns.some(({ shape }) => shape.name === column)) return "";
  return `: the record has no field for column ${column}, which has no default and may not be NULL; ` +
    "give the column a default, or use insert.mode=update if the row exists already";
}

/** Turns an encoder's error into a problem of a field. */
export function problemOf(error: unknown, field: string): RecordProblem {
  if (!(error instanceof CellProblem)) throw error;
  return { rule: error.rule, field, expected: error.expected, found: error.found };
}

/** Returns a record's place, for messages. */
export function placeOf(record: SinkRecord): string {
  return `${partitionKey(record.origin)} offset ${record.offset}`;
}

/** Returns the records before the first bad one of their partition. */
export function inFrontOf(records: readonly SinkRecord[], bad: readonly BadRecord[]): readonly SinkRecord[] {
  if (bad.length === 0) return records;
  const first = new PartitionMap<bigint>();
  for (const { record: { origin, offset } } of bad) {
    const known = first.get(origin);
    if (known === undefined || offset < known) first.set(origin, offset);
  }
  const isInFront = ({ origin, offset }: SinkRecord) => offset < (first.get(origin) ?? offset + 1n);
  return records.filter(isInFront);
}
