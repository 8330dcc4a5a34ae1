/** Reads where logs begin and end. @module */

import { PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { Cluster } from "../wire/cluster.ts";
import { BrokerAwayError, failOnCode } from "../wire/kafka_error.ts";
import { byTopic } from "../wire/protocol/api.ts";
import { listOffsets } from "../wire/protocol/offsets_api.ts";

/** What to ask for: `logEnds.earliest` or `.latest`; isolation 1 ends before open transactions. */
interface LogEndQuery {
  readonly timestamp: bigint;
  readonly isolation: 0 | 1;
}

/** Asks the leaders once; the cluster must know the topics' metadata. */
export async function fetchLogEnds(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  query: LogEndQuery,
): Promise<PartitionMap<bigint>> {
  const byLeader = new Map<number, TopicPartition[]>();
  for (const at of partitions) {
    const leader = cluster.leader(at.topic, at.partition);
    if (leader === undefined) {
      throw new BrokerAwayError(`${at.topic}-${at.partition} has no known leader`);
    }
    byLeader.set(leader, [...byLeader.get(leader) ?? [], at]);
  }
  const found = new PartitionMap<bigint>();
  await Promise.all([...byLeader].map(async ([leader, of]) => {
    const connection = await cluster.node(leader, "control");
    const topics = byTopic(
      of.map(({ topic, partition }) => ({ topic, partition, timestamp: query.timestamp })),
    );
    const answer = await connection.request(listOffsets, { isolation: query.isolation, topics });
    for (const { topic, partitions: answers } of answer.topics) {
      for (const { partition, code, offset } of answers) {
        failOnCode(code, `read where ${topic}-${partition} begins and ends`);
        found.set({ topic, partition }, offset);
      }
    }
  }));
  return found;
}
