/** Writes record batches. (Kafka's message format, record version 2) @module */

import type { ProducerRecord } from "../../api/ports.ts";
import { compress, compressionNames } from "./codecs.ts";
import { crc32c } from "./crc32c.ts";
import { type Encoder, newEncoder } from "../wire/kafkajs_internals.ts";
import { asBuffer } from "../wire/protocol/api.ts";
import { Buffer } from "node:buffer";

const noProducer = -1n;
const magic = 2;

export type TimedRecord = ProducerRecord & { readonly timestamp: number };

/** Returns one batch as Kafka stores it. */
export function encodeBatch(
  records: readonly TimedRecord[],
  compression: "none" | "gzip" | "zstd",
): Uint8Array {
  const first = records[0]?.timestamp ?? 0;
  const plain = newEncoder();
  records.forEach((record, index) => writeRecord(plain, record, { index, first }));
  const packed = compress(compression, plain.buffer);
  const body = newEncoder()
    .writeInt16(compressionNames.indexOf(compression)).writeInt32(records.length - 1)
    .writeInt64(BigInt(first)).writeInt64(BigInt(Math.max(...records.map(({ timestamp }) => timestamp))))
    .writeInt64(noProducer).writeInt16(-1).writeInt32(-1)
    .writeInt32(records.length).writeBuffer(asBuffer(packed)).buffer;
  const sum = crc32c(new DataView(body.buffer, body.byteOffset, body.length), 0, body.length);
  const lengthOfRest = 4 + 1 + 4 + body.length;
  return newEncoder().writeInt64(0n).writeInt32(lengthOfRest)
    .writeInt32(-1).writeInt8(magic).writeUInt32(sum).writeBuffer(body).buffer;
}

/** Returns about how many bytes a record takes. */
export function recordBytes({ key, value, headers }: ProducerRecord): number {
  const header = headers.reduce(
    (sum, { key: name, value: bytes }) => sum + name.length * 3 + (bytes?.length ?? 0),
    0,
  );
  return (key?.length ?? 0) + (value?.length ?? 0) + header + 64;
}

function writeRecord(
  to: Encoder,
  record: TimedRecord,
  at: { readonly index: number; readonly first: number },
): void {
  const body = newEncoder().writeInt8(0).writeVarLong(BigInt(record.timestamp - at.first)).writeVarInt(
    at.index,
  );
  body.writeVarIntBytes(bufferOrNull(record.key)).writeVarIntBytes(bufferOrNull(record.value));
  body.writeVarInt(record.headers.length);
  for (const { key, value } of record.headers) {
    body.writeVarIntBytes(Buffer.from(key)).writeVarIntBytes(bufferOrNull(value));
  }
  to.writeVarIntBytes(body.buffer);
}

function bufferOrNull(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : asBuffer(bytes);
}
