/** Reads the timestamps of single records. @module */

import type { ConsumerRecord } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../../api/record.ts";
import { summarize } from "./batch_header.ts";
import { BatchReader } from "./batch_reader.ts";
import type { Cluster } from "../wire/cluster.ts";
import { requireCodec } from "./codecs.ts";
import { BrokerAwayError, failOnCode, KafkaCode } from "../wire/kafka_error.ts";
import { byTopic } from "../wire/protocol/api.ts";
import { fetchRecords } from "../wire/protocol/fetch_api.ts";

/** A broker sends the whole first batch even if less is requested. */
const bytesMax = 1;

/** Topics that may not be read and offsets that are gone are left out. */
const untold: ReadonlySet<number> = new Set([
  KafkaCode.offsetOutOfRange,
  KafkaCode.topicAuthorizationFailed,
  KafkaCode.unknownTopicOrPartition,
]);

/**
 * Asks the leaders once; the cluster must know the topics' metadata. Leaves out offsets without a record (compacted,
 * removed).
 */
export async function fetchTimestamps(cluster: Cluster, places: OffsetMap): Promise<PartitionMap<number>> {
  const found = new PartitionMap<number>();
  for (const [at, offset] of places) {
    const record = await fetchRecord(cluster, at, offset);
    if (record?.offset === offset) found.set(at, record.timestamp);
  }
  return found;
}

/** Fetches the first record at or after the offset in its batch. */
async function fetchRecord(
  cluster: Cluster,
  at: TopicPartition,
  offset: bigint,
): Promise<ConsumerRecord | undefined> {
  const leader = cluster.leader(at.topic, at.partition);
  if (leader === undefined) {
    throw new BrokerAwayError(`${at.topic}-${at.partition} has no known leader`);
  }
  const connection = await cluster.node(leader, "control");
  const answer = await connection.request(fetchRecords, {
    ...{ waitMsMax: 0, bytesMin: 0, bytesMax, isolation: 0 },
    topics: byTopic([{ ...at, offset, bytesMax }]),
  });
  failOnCode(answer.code, "fetch a record");
  const fetched = answer.topics[0]?.partitions[0];
  if (fetched === undefined || untold.has(fetched.code)) return undefined;
  failOnCode(fetched.code, `fetch a record of ${at.topic}-${at.partition}`);
  const { batches, compressions } = summarize(fetched.batches);
  for (const compression of compressions) requireCodec(compression);
  const records: ConsumerRecord[] = [];
  const reader = new BatchReader({ at, batches, checkCrcs: false, aborted: undefined }, offset);
  reader.read(records, 1);
  reader.close();
  return records[0];
}
