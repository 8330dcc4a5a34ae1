/**
 * Reads partitions from any offset on, without a group: for whoever looks records up by their coordinates.
 *
 * @module
 */

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

/** What one fetch gave. */
export interface FetchedRecords {
  /** From the wanted offset on, in order; offsets that compaction has removed are missing. */
  readonly records: readonly ConsumerRecord[];
  /** Where to read on. */
  readonly next: bigint;
  /** Offset behind the last record that may be read now. */
  readonly end: bigint;
}

interface PartitionReaderOptions {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly options: ClientOptions;
  /** For each read with all its attempts. */
  readonly timeoutMs: number;
  /** What one fetch brings of a partition, bytes; a single larger batch comes all the same. */
  readonly bytesMax: number;
  /** Leaves out what belongs to transactions that were given up. */
  readonly readCommitted: boolean;
  /** What a record may have; a larger one comes without its content, as bad. */
  readonly limits: RecordLimits;
}

/** What one read unpacks; what is behind comes with the next. */
const unpackedBytesMax = 4 * 1024 * 1024;

/** Answers of a fetch that say where its records have gone. */
const goneCodes: ReadonlySet<number> = new Set([
  KafkaCode.offsetOutOfRange,
  KafkaCode.unknownTopicOrPartition,
]);

/** One read at a time. */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  /**
   * What stands at the offset and behind it; null where the partition or the offset isn't there any more.
   *
   * @throws RetriableException when Kafka doesn't answer in time, ConnectException for what no waiting helps
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
