/** Requests about topics, and metadata. @module */

import { type Api, readText, type Throttled, writeList, writeListOrAll } from "./api.ts";
import type { Node } from "./group_api.ts";

/** A partition and its leader, -1 if there is none. */
interface PartitionMetadata {
  readonly code: number;
  readonly partition: number;
  readonly leader: number;
}

/** A topic, or why it isn't known. */
export interface TopicMetadata {
  readonly code: number;
  readonly topic: string;
  readonly internal: boolean;
  readonly partitions: readonly PartitionMetadata[];
}

/** The cluster as one broker sees it. */
export interface MetadataResponse extends Throttled {
  readonly nodes: readonly Node[];
  readonly clusterId: string;
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** Topics to ask for; null = all. */
interface MetadataRequest {
  readonly topics: readonly string[] | null;
  readonly autoCreate: boolean;
}

/** Asks for brokers, topics and leaders. */
export const metadata: Api<MetadataRequest, MetadataResponse> = {
  key: 3,
  version: 7,
  name: "Metadata",
  write(to, { topics, autoCreate }) {
    writeListOrAll(to, topics, (topic) => to.writeString(topic));
    to.writeBoolean(autoCreate);
  },
  read(from) {
    const throttleMs = from.readInt32();
    const nodes = from.readArray((d) => {
      const node = { id: d.readInt32(), host: readText(d), port: d.readInt32() };
      d.readString(); // rack
      return node;
    });
    const clusterId = readText(from);
    const controllerId = from.readInt32();
    const topics = from.readArray((d): TopicMetadata => ({
      code: d.readInt16(),
      topic: readText(d),
      internal: d.readBoolean(),
      partitions: d.readArray((p) => {
        const partition = { code: p.readInt16(), partition: p.readInt32(), leader: p.readInt32() };
        p.readInt32(); // leader epoch
        for (let list = 0; list < replicaLists; list++) p.readArray((r) => r.readInt32());
        return partition;
      }),
    }));
    return { throttleMs, nodes, clusterId, controllerId, topics };
  },
};

const replicaLists = 3; // all, in sync, offline

/** A topic to create; replication -1 = the broker's default. */
interface TopicToCreate {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly timeoutMs: number;
}

export const createTopics: Api<
  TopicToCreate,
  Throttled & {
    readonly topics: readonly { readonly topic: string; readonly code: number; readonly text: string }[];
  }
> = {
  key: 19,
  version: 4,
  name: "CreateTopics",
  write(to, { topic, partitions, replicationFactor, timeoutMs }) {
    writeList(to, [topic], (name) => {
      to.writeString(name).writeInt32(partitions).writeInt16(replicationFactor);
      to.writeInt32(0).writeInt32(0); // no assignment, no settings
    });
    to.writeInt32(timeoutMs).writeBoolean(false);
  },
  read: (from) => ({
    throttleMs: from.readInt32(),
    topics: from.readArray((d) => ({ topic: readText(d), code: d.readInt16(), text: readText(d) })),
  }),
};
