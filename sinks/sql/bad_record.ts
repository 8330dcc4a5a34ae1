/** What the sink says of a record that it can't write. @module */

import { DataException } from "../../connect/api/exceptions.ts";
import { partitionKey, type SinkRecord } from "../../connect/api/record.ts";
import { CellProblem, type SqlFailure } from "./sql_failure.ts";
import { type TableName, tableText } from "./table_name.ts";

/** A record and why it is bad. */
export interface BadRecord {
  readonly record: SinkRecord;
  readonly error: DataException;
}

/** What is wrong, before it is known which record it was. */
export interface RecordProblem {
  readonly rule: string;
  readonly field?: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * The exception for a record that can't become a row.
 *
 * @example
 * ```ts
 * import { ConnectRecord, type SinkRecord } from "../../connect/api/record.ts";
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
    `Cannot write ${placeOf(record)}: ${what}rule ${rule}: Expected ${expected}, found ${found}`,
    {
      rule,
      ...(field === undefined ? {} : { field }),
    },
  );
}

/** The exception for a record that the database itself refused. */
export function refusedRecord(
  record: SinkRecord,
  table: TableName | null,
  failure: SqlFailure,
): DataException {
  const where = table === null ? "" : ` to table ${tableText(table)}`;
  const { column } = failure.facts;
  return new DataException(`Cannot write ${placeOf(record)}${where}: ${failure.message}`, {
    rule: failure.rule,
    ...(column === undefined ? {} : { field: column }),
  });
}

/** Turns what an encoder threw into a problem of a field. */
export function problemOf(error: unknown, field: string): RecordProblem {
  if (!(error instanceof CellProblem)) throw error;
  return { rule: error.rule, field, expected: error.expected, found: error.found };
}

function placeOf(record: SinkRecord): string {
  return `record ${partitionKey(record.origin)} offset ${record.offset}`;
}
