/** Fetches ahead of `poll`: one loop per broker, each with one request in flight, within one byte budget. @module */

import { ConnectException } from "../../api/exceptions.ts";
import { recordLimitsDefault } from "../batches/bad_record.ts";
import { type BatchSummary, summarize } from "../batches/batch_header.ts";
import { BatchReader } from "../batches/batch_reader.ts";
import { requireCodec } from "../batches/codecs.ts";
import type { RecordTarget } from "../batches/run_list.ts";
import { FetchBuffer, type FetchedPart } from "./fetch_buffer.ts";
import { type FetchPlan, planFetch } from "./fetch_plan.ts";
import type { FetcherEvents, FetcherOptions } from "./fetcher_options.ts";
import type { ClientServices } from "../wire/client_services.ts";
import { codeName, failOnCode, isOutage, isRetriableCode, KafkaCode } from "../wire/kafka_error.ts";
import { noNode, OutageLog, patienceMs } from "../wire/outage_log.ts";
import type { PartitionState } from "./partition_state.ts";
import { type FetchedPartition, fetchRecords, type FetchResponse } from "../wire/protocol/fetch_api.ts";
import { Backoff, Latch } from "../wire/waiting.ts";

const idleMsMax = 60_000;
const answersAhead = 2;
/**
 * After an answer this small the next request waits a little: if few events arrive, a request and a transaction for
 * each would cost more than the events.
 */
const trickleBytesMax = 16 * 1024;
const tricklePauseMs = 2;

interface Fetched {
  /** Why there is no answer. */
  readonly failure?: unknown;
  readonly bytes: number;
}

export class Fetcher {
  readonly #client: ClientServices;
  readonly #options: FetcherOptions;
  readonly #consumer: FetcherEvents;
  readonly #buffer: FetchBuffer;
  readonly #leaders: OutageLog;
  readonly #loops = new Map<number, { readonly latch: Latch; readonly stop: AbortController }>();
  #states: readonly PartitionState[] = [];

  constructor(client: ClientServices, options: FetcherOptions, consumer: FetcherEvents) {
    this.#client = client;
    this.#options = options;
    this.#consumer = consumer;
    this.#buffer = new FetchBuffer(options.frames);
    this.#leaders = new OutageLog(client.logger, "the leaders of its partitions", {
      ...client,
      node: noNode,
    });
  }

  /** Bytes fetched but not returned. */
  get bufferedBytes(): number {
    return this.#buffer.bytes;
  }

  /** Fetches these partitions from now on and no others; doesn't wait for pending requests. */
  assign(states: readonly PartitionState[]): void {
    for (const { stop } of this.#loops.values()) stop.abort();
    if (this.#loops.size > 0) this.#client.cluster.closePurpose("fetch");
    this.#loops.clear();
    this.#states = states;
    this.#buffer.drop((state) => !states.includes(state));
    this.route();
  }

  /** Starts and stops loops after the leaders changed. */
  route(): void {
    const leaderless: string[] = [];
    for (const { at } of this.#states) {
      const leader = this.#client.cluster.leader(at.topic, at.partition);
      if (leader === undefined) leaderless.push(`${at.topic}-${at.partition}`);
      else if (!this.#loops.has(leader)) this.#startLoop(leader);
    }
    if (leaderless.length === 0) this.#leaders.forget();
    else this.#noLeaders(leaderless);
    this.wake();
  }

  #noLeaders(leaderless: readonly string[]): void {
    const others = leaderless.length - 1;
    const more = others === 0 ? "" : ` and ${others} more`;
    this.#leaders.failed(new Error(`no broker leads ${leaderless[0]}${more}`));
    this.#consumer.leadersStale();
  }

  /** Makes the loops look again: a position, a resumed partition, room in the buffer. */
  wake(): void {
    for (const { latch } of this.#loops.values()) latch.notify();
  }

  /** Appends records until `into` has `countMax` or enough was decompressed; returns true if there is more. */
  take(into: RecordTarget, countMax: number): boolean {
    const hasMore = this.#buffer.take(into, countMax);
    for (const state of this.#states) if (state.spoiled !== undefined) this.#refetch(state);
    if (into.length > 0) this.wake();
    return hasMore;
  }

  /** Drops what was fetched of a partition. */
  drop(state: PartitionState): void {
    this.#buffer.drop((buffered) => buffered === state);
    this.wake();
  }

  /** Declares the first `handedOut` returned records unused. */
  release(handedOut: number): void {
    this.#buffer.release(handedOut);
  }

  stop(): void {
    this.assign([]);
  }

  /** Fetches corrupt bytes again, in case the connection damaged them. */
  #refetch(state: PartitionState): void {
    const { time, backoff, logger } = this.#client;
    const { topic, partition } = state.at;
    if (!state.refetch(time.monotonic() + backoff.msMin)) return this.#consumer.changed();
    logger.warn("The consumer fetches records again: their checksum is wrong", { topic, partition });
    this.drop(state);
  }

  #startLoop(node: number): void {
    const loop = { latch: new Latch(this.#client.time), stop: new AbortController() };
    this.#loops.set(node, loop);
    this.#run(node, loop).catch((cause) => {
      for (const state of this.#statesOf(node)) state.failure ??= cause;
      this.#consumer.changed();
    });
  }

  async #run(node: number, { latch, stop }: { latch: Latch; stop: AbortController }): Promise<void> {
    const backoff = new Backoff(this.#client.time, this.#client.backoff);
    const outage = new OutageLog(this.#client.logger, `broker ${node}`, { ...this.#client, node });
    stop.signal.addEventListener("abort", () => outage.close(), { once: true });
    while (!stop.signal.aborted) {
      const plan = this.#plan(node);
      if (plan === undefined) {
        outage.forget();
        await latch.wait(this.#idleMs(node), stop.signal);
        continue;
      }
      outage.asks(plan.request.waitMsMax + patienceMs);
      const { failure, bytes } = await this.#fetch(node, plan);
      if (stop.signal.aborted) return;
      if (failure === undefined) {
        outage.succeeded();
        backoff.succeeded();
        if (bytes > 0 && bytes < trickleBytesMax) await this.#client.time.sleep(tricklePauseMs, stop.signal);
      } else {
        outage.failed(failure, { node });
        this.#consumer.leadersStale();
        await backoff.wait(stop.signal);
      }
    }
  }

  #plan(node: number): FetchPlan | undefined {
    const states = this.#statesOf(node);
    const { settings } = this.#options;
    const room = { askBytes: this.#askBytes(node), now: this.#client.time.monotonic() };
    if (room.askBytes > 0 || !starving(states)) return planFetch(states, settings, room);
    // Paused partitions keep buffered records only while no other partition needs the room.
    for (const state of states) if (state.paused && state.bufferedBytes > 0) state.rewindFetch();
    this.#buffer.drop((state) => state.paused && states.includes(state));
    return planFetch(states, settings, { ...room, askBytes: this.#askBytes(node) });
  }

  async #fetch(node: number, { request, asked }: FetchPlan): Promise<Fetched> {
    const { requestTimeoutMs } = this.#options;
    for (const { state } of asked) state.fetching = true;
    try {
      const connection = await this.#client.cluster.node(node, "fetch");
      const answer = await connection.request(fetchRecords, request, requestTimeoutMs + request.waitMsMax);
      const bytes = this.#accept(node, asked, answer);
      failOnCode(answer.code, "fetch records");
      return { bytes };
    } catch (cause) {
      if (!isOutage(cause)) throw cause;
      return { failure: cause, bytes: 0 };
    } finally {
      for (const { state } of asked) state.fetching = false;
    }
  }

  /** Buffers an answer and returns the bytes of its records. */
  #accept(node: number, asked: FetchPlan["asked"], answer: FetchResponse): number {
    const parts: FetchedPart[] = [];
    // A broker with any data sends some for at least one partition.
    const isEmpty = answer.topics.every(({ partitions }) =>
      partitions.every((one) => one.batches.length === 0)
    );
    let memory = new ArrayBuffer(0);
    for (const { topic, partitions } of answer.topics) {
      for (const fetched of partitions) {
        if (fetched.batches.length > 0) memory = fetched.batches.buffer;
        const found = asked.find(({ state: { at } }) =>
          at.topic === topic && at.partition === fetched.partition
        );
        if (found === undefined || !this.#states.includes(found.state)) continue;
        const part = this.#partOf(found, fetched);
        if (part !== undefined) parts.push(part);
        else if (isEmpty && fetched.code === KafkaCode.none) found.state.foundEmpty(found);
      }
    }
    this.#buffer.add(node, parts, memory);
    this.#consumer.changed();
    return parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #partOf({ state, life }: FetchPlan["asked"][number], fetched: FetchedPartition): FetchedPart | undefined {
    if (state.life !== life) return undefined;
    if (fetched.code !== KafkaCode.none) return void this.#failed(state, fetched);
    const { readCommitted, checkCrcs, limits = recordLimitsDefault } = this.#options.settings;
    state.saw(fetched, readCommitted);
    const from = state.fetchOffset;
    if (fetched.batches.length === 0 || from === undefined) return undefined;
    let summary: BatchSummary;
    try {
      summary = summarize(fetched.batches);
      // A broker sends nothing rather than a first batch that is cut off.
      if (summary.nextOffset === undefined) throw new RangeError("it's longer than the answer");
      for (const compression of summary.compressions) requireCodec(compression);
    } catch (cause) {
      if (cause instanceof RangeError) this.#spoiled(state, corrupt(state, cause));
      else state.failure = cause;
      return undefined;
    }
    const { nextOffset, batches } = summary;
    state.fetched(nextOffset);
    const aborted = readCommitted ? fetched.aborted : undefined;
    const { largeBatches } = this.#options;
    const source = { at: state.at, batches, checkCrcs, aborted, limits };
    const reader = new BatchReader(largeBatches === undefined ? source : { ...source, largeBatches }, from);
    return { state, reader, bytes: fetched.batches.length };
  }

  /** Corrupt bytes fail the partition only after the records before them were returned. */
  #spoiled(state: PartitionState, cause: ConnectException): void {
    const { time, backoff } = this.#client;
    if (state.bufferedBytes > 0) {
      state.retryAt = time.monotonic() + backoff.msMin;
    } else {
      state.spoiled = cause;
      this.#refetch(state);
    }
  }

  #failed(state: PartitionState, { code }: FetchedPartition): void {
    const { time, backoff } = this.#client;
    if (code === KafkaCode.offsetOutOfRange) return this.#consumer.outOfRange(state);
    if (isRetriableCode(code) && code !== KafkaCode.corruptMessage) {
      state.retryAt = time.monotonic() + backoff.msMax / 2;
      return this.#consumer.leadersStale();
    }
    const { topic, partition } = state.at;
    const failure = new ConnectException(
      `Cannot read ${topic}-${partition}: Kafka answered ${codeName(code)}`,
    );
    if (code === KafkaCode.corruptMessage) this.#spoiled(state, failure);
    else state.failure = failure;
  }

  #statesOf(node: number): readonly PartitionState[] {
    return this.#states.filter(({ at }) => this.#client.cluster.leader(at.topic, at.partition) === node);
  }

  /** Each broker has a share of the budget, half of it per request: one answer is read while the next arrives. */
  #askBytes(node: number): number {
    const share = this.#options.settings.bufferedBytesMax / Math.max(this.#loops.size, 1);
    const ask = Math.max(Math.floor(share / answersAhead), 1);
    return this.#buffer.bytesOf(node) + ask <= share ? ask : 0;
  }

  #idleMs(node: number): number {
    const now = this.#client.time.monotonic();
    const waits = this.#statesOf(node).map(({ retryAt }) => retryAt - now).filter((ms) => ms > 0);
    return Math.min(idleMsMax, ...waits);
  }
}

/** Returns true if nothing buffered can be returned, so that room would never be freed. */
function starving(states: readonly PartitionState[]): boolean {
  return states.every(({ paused, fetching, bufferedBytes }) => paused || (!fetching && bufferedBytes === 0));
}

function corrupt({ at, fetchOffset }: PartitionState, cause: RangeError): ConnectException {
  return new ConnectException(
    `Cannot read ${at.topic}-${at.partition} at offset ${fetchOffset}: the record batch is corrupt, ${cause.message}`,
    { cause, rule: "corrupt_batch" },
  );
}
