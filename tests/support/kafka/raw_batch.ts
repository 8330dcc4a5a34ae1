/** Record batches byte by byte, so that each field can be wrong. (Kafka's message format, record version 2) @module */

import { crc32c } from "../../../connect/kafka/batches/crc32c.ts";

export interface RawRecord {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Offset after the batch's first; absent = its index in the list. */
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
}

export interface RawBatch {
  readonly compression?: number;
  readonly baseOffset?: bigint;
  readonly count: number;
  /** Milliseconds since 1970; absent = a day of 2023, which the broker's retention deletes within minutes. */
  readonly timestamp?: number;
  /** Offset of the last record after the first; absent = `count - 1`. */
  readonly lastOffsetDelta?: number;
  /** The packed records. */
  readonly records: Uint8Array;
}

const headerBytes = 61;
const behindLength = 12;
const attributesAt = 21;

/** Makes a batch with a correct checksum. */
export function rawBatch(batch: RawBatch): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes + batch.records.length);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, batch.baseOffset ?? 0n);
  view.setInt32(8, bytes.length - behindLength);
  view.setInt8(16, 2);
  view.setInt16(attributesAt, batch.compression ?? 0);
  view.setInt32(23, batch.lastOffsetDelta ?? Math.max(0, batch.count - 1));
  const timestamp = BigInt(batch.timestamp ?? 1_700_000_000_000);
  view.setBigInt64(27, timestamp);
  view.setBigInt64(35, timestamp);
  view.setBigInt64(43, -1n);
  view.setInt16(51, -1);
  view.setInt32(53, -1);
  view.setInt32(57, batch.count);
  bytes.set(batch.records, headerBytes);
  view.setUint32(17, crc32c(view, attributesAt, bytes.length));
  return bytes;
}

/** Encodes records, unpacked. */
export function rawRecords(records: readonly RawRecord[]): Uint8Array<ArrayBuffer> {
  return joined(records.map((record, index) => {
    const { key = null, value, headers = [], offsetDelta = index, timestampDelta = 0 } = record;
    const body = joined([
      Uint8Array.of(0, ...zigzag(timestampDelta), ...zigzag(offsetDelta)),
      ...counted(key),
      ...counted(value),
      Uint8Array.from(zigzag(headers.length)),
      ...headers.flatMap((
        header,
      ) => [...counted(new TextEncoder().encode(header.key)), ...counted(header.value)]),
    ]);
    return joined([Uint8Array.from(zigzag(body.length)), body]);
  }));
}

/** Concatenates bytes. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Encodes a number as records do: zigzag, then a varint. */
export function zigzag(number: number): readonly number[] {
  const bytes: number[] = [];
  let left = number < 0 ? -2 * number - 1 : 2 * number;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push(left % 128 + 128);
  return [...bytes, left];
}

function counted(bytes: Uint8Array | null): readonly Uint8Array[] {
  return bytes === null ? [Uint8Array.from(zigzag(-1))] : [Uint8Array.from(zigzag(bytes.length)), bytes];
}
