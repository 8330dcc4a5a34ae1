/** Reads partitions from any offset without a group, to look records up by their coordinates. @module */

import { ConnectException } from "../../api/exceptions.ts";
import type { ConsumerRecord, RecordLimits, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import { type BatchSummary, summarize } from "../batches/batch_header.ts";
import { BatchReader } from "../batches/batch_reader.ts";
import type { ClientOptions } from "../wire/client_options.ts";
import type { Cluster } from "../wire/cluster.ts";
import { requireCodec } from "../batches/codecs.ts";
import { BrokerAwayError, failOnCode, KafkaCode } from "../wire/kafka_error.ts";
import { type FetchedPartition, fetchRecords } from "../wire/protocol/fetch_api.ts";
import { untilDeadline } from "../wire/retrying.ts";

export interface FetchedRecords {
  /** Records from the requested offset on, in order, without compacted ones. */
  readonly records: readonly ConsumerRecord[];
  /** The offset to continue at. */
  readonly next: bigint;
  /** Offset after the last record that can be read now. */
  readonly end: bigint;
}

interface PartitionReaderOptions {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly options: ClientOptions;
  /** Limit of each read with all its retries. */
  readonly timeoutMs: number;
  /** Bytes per fetch of a partition; a single larger batch is returned too. */
  readonly bytesMax: number;
  /** Leaves out records of aborted transactions. */
  readonly readCommitted: boolean;
  /** Limits of a record; a larger one is returned as bad, without content. */
  readonly limits: RecordLimits;
}

/** Bytes that one read decompresses; the next read continues. */
const unpackedBytesMax = 4 * 1024 * 1024;

/** Error codes that say that the partition or offset no longer exists. */
const goneCodes: ReadonlySet<number> = new Set([
  KafkaCode.offsetOutOfRange,
  KafkaCode.unknownTopicOrPartition,
]);

/** Serves one read at a time. */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads from the offset on; null if the partition or the offset no longer exists.
   *
   * @throws RetriableException if Kafka doesn't answer in time, ConnectException for permanent failures
   */
  async read(at: TopicPartition, from: bigint): Promise<FetchedRecords | null> {
    const { time, timeoutMs, options: { backoff } } = this.#options;
    const action = `read ${at.topic}-${at.partition} at offset ${from}`;
    return await untilDeadline({ time, timeoutMs, backoff, action }, () => this.#readOnce(at, from));
  }

  /** Closes the connections; safe to call twice. */
  close(): void {
    this.#options.cluster.close();
  }

  async #readOnce(at: TopicPartition, from: bigint): Promise<FetchedRecords | null> {
    const { cluster } = this.#options;
    await cluster.refresh([at.topic]);
    const topic = cluster.topic(at.topic);
    if (topic === undefined || goneCodes.has(topic.code)) return null;
    const leader = cluster.leader(at.topic, at.partition);
    if (leader === undefined) {
      if (topic.partitions.some(({ partition }) => partition === at.partition)) throw leaderless(at);
      return null;
    }
    const fetched = await this.#fetch(leader, at, from);
    if (goneCodes.has(fetched.code)) return null;
    failOnCode(fetched.code, `read ${at.topic}-${at.partition}`);
    return this.#recordsOf(at, fetched, from);
  }

  async #fetch(
    leader: number,
    { topic, partition }: TopicPartition,
    offset: bigint,
  ): Promise<FetchedPartition> {
    const { cluster, options, bytesMax, readCommitted } = this.#options;
    const connection = await cluster.node(leader, "fetch");
    const request = {
      waitMsMax: 0,
      bytesMin: 1,
      bytesMax,
      isolation: readCommitted ? 1 : 0,
      topics: [{ topic, partitions: [{ partition, offset, bytesMax }] }],
    };
    const answer = await connection.request(fetchRecords, request, options.requestTimeoutMs);
    failOnCode(answer.code, `read ${topic}-${partition}`);
    const [fetched] = answer.topics.flatMap(({ partitions }) => partitions);
    if (fetched === undefined) throw new BrokerAwayError("the answer has no partition");
    return fetched;
  }

  #recordsOf(at: TopicPartition, fetched: FetchedPartition, from: bigint): FetchedRecords {
    const { aborted, highWatermark, lastStableOffset } = fetched;
    const { readCommitted, limits } = this.#options;
    const end = readCommitted ? lastStableOffset : highWatermark;
    let summary: BatchSummary;
    try {
      summary = summarize(fetched.batches);
      for (const compression of summary.compressions) requireCodec(compression);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      const where = `${at.topic}-${at.partition} at offset ${from}`;
      throw new ConnectException(`Cannot read ${where}: the record batch is corrupt`, { cause });
    }
    const reader = new BatchReader({
      at,
      batches: summary.batches,
      checkCrcs: true,
      aborted: readCommitted ? aborted : undefined,
      limits,
    }, from);
    const records: ConsumerRecord[] = [];
    while (records.length === 0 && !reader.done) reader.read(records, Infinity, unpackedBytesMax);
    reader.close();
    return { records, next: reader.nextOffset, end };
  }
}

function leaderless({ topic, partition }: TopicPartition): BrokerAwayError {
  return new BrokerAwayError(`${topic}-${partition} has no leader right now`);
}
