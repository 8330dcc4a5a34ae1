/** Fetches records: their bytes stay views of the answer until they are read. @module */

import { type Api, readTopics, type Throttled, type TopicOf, writeTopics } from "./api.ts";

interface FetchPosition {
  readonly partition: number;
  readonly offset: bigint;
  readonly bytesMax: number;
}

export interface FetchRequest {
  readonly waitMsMax: number;
  readonly bytesMin: number;
  readonly bytesMax: number;
  /** 0 read_uncommitted, 1 read_committed. */
  readonly isolation: number;
  readonly topics: readonly TopicOf<FetchPosition>[];
}

/** An aborted transaction: its records up to the abort marker are skipped. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface FetchedPartition {
  readonly partition: number;
  readonly code: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly logStart: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches; the last may be cut off. */
  readonly batches: Uint8Array<ArrayBuffer>;
}

export interface FetchResponse extends Throttled {
  readonly code: number;
  readonly topics: readonly TopicOf<FetchedPartition>[];
}

const noSession = { id: 0, epoch: -1 } as const;
const nothing = new Uint8Array(0);

/** Uses no fetch session: the requests are small. */
export const fetchRecords: Api<FetchRequest, FetchResponse> = {
  key: 1,
  version: 11,
  name: "Fetch",
  write(to, request) {
    to.writeInt32(-1).writeInt32(request.waitMsMax).writeInt32(request.bytesMin); // -1: not a replica
    to.writeInt32(request.bytesMax).writeInt8(request.isolation);
    to.writeInt32(noSession.id).writeInt32(noSession.epoch);
    writeTopics(to, request.topics, ({ partition, offset, bytesMax }) => {
      // -1: no leader epoch, and no log start, which only replicas have.
      to.writeInt32(partition).writeInt32(-1).writeInt64(offset).writeInt64(-1n).writeInt32(bytesMax);
    });
    // No rack: with one, the leader redirects to a nearby replica, which this client doesn't follow.
    to.writeInt32(0).writeString("");
  },
  read(from) {
    const throttleMs = from.readInt32();
    const code = from.readInt16();
    from.readInt32(); // session
    const topics = readTopics(from, (d) => {
      const head = { partition: d.readInt32(), code: d.readInt16() };
      const offsets = {
        highWatermark: d.readInt64(),
        lastStableOffset: d.readInt64(),
        logStart: d.readInt64(),
      };
      const aborted = d.readArray((a) => ({ producerId: a.readInt64(), firstOffset: a.readInt64() }));
      d.readInt32(); // preferred replica
      const bytes = d.readBytes();
      // A plain view: views of a Buffer cost several times as much, once per record.
      const batches = bytes?.buffer instanceof ArrayBuffer
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
        : nothing;
      return { ...head, ...offsets, aborted, batches };
    });
    return { throttleMs, code, topics };
  },
};
