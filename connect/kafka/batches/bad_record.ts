/** Records that can't be delivered: their coordinates and what is wrong with them. @module */

import { DataException } from "../../api/exceptions.ts";
import type { ConsumerRecord, RecordLimits } from "../../api/ports.ts";
import type { TimestampType } from "../../api/record.ts";

/** The limits of a connector that sets none. */
export const recordLimitsDefault: RecordLimits = { bytesMax: 1_048_576, headersMax: 1_000 };

export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly timestampType: TimestampType;
}

/** Returns a bad record without content, for more bytes than `record.bytes.max`. */
export function tooLargeRecord(
  place: RecordPlace,
  bytes: number,
  { bytesMax }: RecordLimits,
): ConsumerRecord {
  const text =
    `Record has about ${bytes} bytes, record.bytes.max allows ${bytesMax} for key, value and headers`;
  return bad(place, place.offset, new DataException(text, { rule: "value_too_large" }));
}

/** Returns a bad record without content, for more headers than `record.headers.max`. */
export function manyHeadersRecord(place: RecordPlace, headers: number, headersMax: number): ConsumerRecord {
  const text = `Record has ${headers} headers, record.headers.max allows ${headersMax}`;
  return bad(place, place.offset, new DataException(text, { rule: "too_many_headers" }));
}

/**
 * Returns one bad record for all offsets up to the end of a batch whose checksum is right but whose content can't be
 * parsed.
 */
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
