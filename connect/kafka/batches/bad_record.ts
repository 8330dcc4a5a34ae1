/**
 * Records that can't be handed out as they are: their coordinates, and what is wrong with them.
 *
 * @module
 */

import { DataException } from "../../api/exceptions.ts";
import type { ConsumerRecord, RecordLimits } from "../../api/ports.ts";
import type { TimestampType } from "../../api/record.ts";

/** Those of a connector that sets none. */
export const recordLimitsDefault: RecordLimits = { bytesMax: 1_048_576, headersMax: 1_000 };

/** Where a record is, and when it was written. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly timestampType: TimestampType;
}

/** A record of more bytes than `record.bytes.max`, none of which are kept. */
export function tooLargeRecord(
  place: RecordPlace,
  bytes: number,
  { bytesMax }: RecordLimits,
): ConsumerRecord {
  const text =
    `Record has about ${bytes} bytes, record.bytes.max allows ${bytesMax} for key, value and headers`;
  return bad(place, place.offset, new DataException(text, { rule: "value_too_large" }));
}

/** A record of more headers than `record.headers.max`. */
export function manyHeadersRecord(place: RecordPlace, headers: number, headersMax: number): ConsumerRecord {
  const text = `Record has ${headers} headers, record.headers.max allows ${headersMax}`;
  return bad(place, place.offset, new DataException(text, { rule: "too_many_headers" }));
}

/** All records from an offset to the end of a batch whose bytes are as they were written, and make no sense. */
export function corruptRecords(place: RecordPlace, lastOffset: bigint, cause: RangeError): ConsumerRecord {
  const which = lastOffset === place.offset
    ? `the record at offset ${lastOffset}`
    : `the records at offsets ${place.offset} to ${lastOffset}`;
  const text = `Cannot read ${which}: the content of the batch is corrupt, ${cause.message}`;
  return bad(place, lastOffset, new DataException(text, { cause, rule: "corrupt_batch" }));
}

function bad(place: RecordPlace, lastOffset: bigint, error: DataException): ConsumerRecord {
  return { ...place, key: null, value: null, headers: [], bad: { error, lastOffset } };
}
