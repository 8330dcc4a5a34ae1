/** Requests about committed offsets and the ends of logs. @module */

import {
  type Api,
  type CodeResponse,
  readText,
  readTopics,
  type Throttled,
  type TopicOf,
  writeList,
  writeListOrAll,
  writeTopics,
} from "./api.ts";
import type { MemberIdentity } from "./group_api.ts";

interface OffsetToCommit {
  readonly partition: number;
  readonly offset: bigint;
  readonly metadata: string;
}

/** The committing member; generation -1 and no member id for a group without members. */
interface OffsetCommitRequest extends MemberIdentity {
  readonly topics: readonly TopicOf<OffsetToCommit>[];
}

interface PartitionCode {
  readonly partition: number;
  readonly code: number;
}

const unknownEpoch = -1;
const readPartitionCode = (from: { readInt32(): number; readInt16(): number }): PartitionCode => ({
  partition: from.readInt32(),
  code: from.readInt16(),
});

export const offsetCommit: Api<
  OffsetCommitRequest,
  Throttled & { readonly topics: readonly TopicOf<PartitionCode>[] }
> = {
  key: 8,
  version: 7,
  name: "OffsetCommit",
  write(to, request) {
    to.writeString(request.groupId).writeInt32(request.generation);
    to.writeString(request.memberId).writeString(request.instanceId);
    writeTopics(to, request.topics, ({ partition, offset, metadata }) => {
      to.writeInt32(partition).writeInt64(offset).writeInt32(unknownEpoch).writeString(metadata);
    });
  },
  read: (from) => ({ throttleMs: from.readInt32(), topics: readTopics(from, readPartitionCode) }),
};

/** A committed offset; -1 = none. */
interface FetchedOffset extends PartitionCode {
  readonly offset: bigint;
  readonly metadata: string;
}

/** Reads a group's committed offsets; `topics` null = all. */
export const offsetFetch: Api<
  { readonly groupId: string; readonly topics: readonly TopicOf<number>[] | null },
  CodeResponse & { readonly topics: readonly TopicOf<FetchedOffset>[] }
> = {
  key: 9,
  version: 5,
  name: "OffsetFetch",
  write(to, { groupId, topics }) {
    to.writeString(groupId);
    writeListOrAll(to, topics, ({ topic, partitions }) => {
      to.writeString(topic);
      writeList(to, partitions, (partition) => to.writeInt32(partition));
    });
  },
  read(from) {
    const throttleMs = from.readInt32();
    const topics = readTopics(from, (d) => {
      const partition = d.readInt32();
      const offset = d.readInt64();
      d.readInt32(); // leader epoch
      return { partition, offset, metadata: readText(d), code: d.readInt16() };
    });
    return { throttleMs, topics, code: from.readInt16() };
  },
};

export const offsetDelete: Api<
  { readonly groupId: string; readonly topics: readonly TopicOf<number>[] },
  CodeResponse & { readonly topics: readonly TopicOf<PartitionCode>[] }
> = {
  key: 47,
  version: 0,
  name: "OffsetDelete",
  write(to, { groupId, topics }) {
    to.writeString(groupId);
    writeTopics(to, topics, (partition) => to.writeInt32(partition));
  },
  read: (from) => ({
    code: from.readInt16(),
    throttleMs: from.readInt32(),
    topics: readTopics(from, readPartitionCode),
  }),
};

/** Timestamps that stand for the two ends of a log. */
export const logEnds = { latest: -1n, earliest: -2n } as const;

interface ListOffsetsRequest {
  /** 0 read_uncommitted, 1 read_committed. */
  readonly isolation: number;
  readonly topics: readonly TopicOf<{ readonly partition: number; readonly timestamp: bigint }>[];
}

/** The offset at that time; -1 if no record is that young. */
interface ListedOffset extends PartitionCode {
  readonly offset: bigint;
}

/** Asks where logs begin and end. */
export const listOffsets: Api<
  ListOffsetsRequest,
  Throttled & { readonly topics: readonly TopicOf<ListedOffset>[] }
> = {
  key: 2,
  version: 4,
  name: "ListOffsets",
  write(to, { isolation, topics }) {
    to.writeInt32(-1).writeInt8(isolation); // -1: not a replica
    writeTopics(to, topics, ({ partition, timestamp }) => {
      to.writeInt32(partition).writeInt32(unknownEpoch).writeInt64(timestamp);
    });
  },
  read: (from) => ({
    throttleMs: from.readInt32(),
    topics: readTopics(from, (d) => {
      const code = readPartitionCode(d);
      d.readInt64(); // timestamp
      const offset = d.readInt64();
      d.readInt32(); // leader epoch
      return { ...code, offset };
    }),
  }),
};
