import { type Api, asBuffer, readTopics, type Throttled, type TopicOf, writeTopics } from "./api.ts";

/** Batches to append, each partition once. */
interface ProduceRequest {
  readonly timeoutMs: number;
  readonly topics: readonly TopicOf<{ readonly partition: number; readonly batch: Uint8Array }>[];
}

interface ProducedPartition {
  readonly partition: number;
  readonly code: number;
}

const allInSyncReplicas = -1;

/** Appends record batches; the answer comes when all in-sync replicas have them. */
export const produce: Api<
  ProduceRequest,
  Throttled & { readonly topics: readonly TopicOf<ProducedPartition>[] }
> = {
  key: 0,
  version: 7,
  name: "Produce",
  write(to, { timeoutMs, topics }) {
    to.writeString(null).writeInt16(allInSyncReplicas).writeInt32(timeoutMs);
    writeTopics(to, topics, ({ partition, batch }) => to.writeInt32(partition).writeBytes(asBuffer(batch)));
  },
  read(from) {
    const topics = readTopics(from, (d) => {
      const answer = { partition: d.readInt32(), code: d.readInt16() };
      d.readInt64(); // base offset
      d.readInt64(); // append time
      d.readInt64(); // log start
      return answer;
    });
    return { topics, throttleMs: from.readInt32() };
  },
};
