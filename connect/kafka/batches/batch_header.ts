/** The header of a record batch. (Kafka's message format, record batch version 2) @module */

/** Byte offsets of the fields from the start of the batch. */
export const field = {
  baseOffset: 0,
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const;
const lengthEnd = 12;
/** The supported format version. */
export const magicNow = 2;
/** Bits of the attributes. */
export const attribute = { compression: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

export interface BatchSummary {
  /** Offset after the last whole batch; undefined if there is none. */
  readonly nextOffset: bigint | undefined;
  readonly compressions: ReadonlySet<number>;
  /** The whole batches, up to one that is cut off or has an invalid header. */
  readonly batches: Uint8Array;
}

/**
 * Reads the headers of all whole batches.
 *
 * @throws RangeError if the first header is invalid
 */
export function summarize(batches: Uint8Array): BatchSummary {
  const view = viewOf(batches);
  const compressions = new Set<number>();
  let nextOffset: bigint | undefined;
  let at = 0;
  try {
    for (; wholeBatchAt(view, at); at += batchBytes(view, at)) {
      nextOffset = behindBatch(view, at);
      compressions.add(view.getInt16(at + field.attributes) & attribute.compression);
    }
  } catch (cause) {
    if (at === 0) throw cause; // else the next fetch begins with it
  }
  return { nextOffset, compressions, batches: batches.subarray(0, at) };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Returns whether the batch at this position is complete: the last one of a fetch may be cut off. */
export function wholeBatchAt(view: DataView, at: number): boolean {
  return at + field.records <= view.byteLength && at + batchBytes(view, at) <= view.byteLength;
}

/** Returns the length of a batch with its header, bytes. */
export function batchBytes(view: DataView, at: number): number {
  const bytes = lengthEnd + view.getInt32(at + field.length);
  if (bytes < field.records) throw new RangeError("a batch is shorter than its header");
  return bytes;
}

/** Returns the offset after a batch. */
export function behindBatch(view: DataView, at: number): bigint {
  const lastDelta = view.getInt32(at + field.lastOffsetDelta);
  if (lastDelta < 0) throw new RangeError(`a batch ends ${-lastDelta} offsets before it begins`);
  return view.getBigInt64(at + field.baseOffset) + BigInt(lastDelta) + 1n;
}
