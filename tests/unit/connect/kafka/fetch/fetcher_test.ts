import assert from "node:assert/strict";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import type { Cluster } from "../../../../../connect/kafka/wire/cluster.ts";
import { Fetcher } from "../../../../../connect/kafka/fetch/fetcher.ts";
import { FramePool } from "../../../../../connect/kafka/wire/frame_pool.ts";
import { BrokerAwayError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { KafkaReach, noNode } from "../../../../../connect/kafka/wire/outage_log.ts";
import { PartitionState } from "../../../../../connect/kafka/fetch/partition_state.ts";
import type { FetchRequest } from "../../../../../connect/kafka/wire/protocol/fetch_api.ts";
import { encodeBatch } from "../../../../../connect/kafka/batches/batch_writer.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

const settings = {
  bytesMin: 1,
  waitMsMax: 500,
  bytesMax: 1_000_000,
  partitionBytesMax: 1_000_000,
  bufferedBytesMax: 2_000_000,
  readCommitted: false,
  checkCrcs: true,
};

/** A broker's answer of one record, its bytes as `spoil` leaves them. */
function answerOf(offset: bigint, valueBytes: number, spoil: (batches: Uint8Array) => void = () => {}) {
  const record = { topic: "t", partition: 0, key: null, value: new Uint8Array(valueBytes), headers: [] };
  const batches = new Uint8Array(encodeBatch([{ ...record, timestamp: 0 }], "none"));
  new DataView(batches.buffer).setBigInt64(0, offset); // a batch begins with its offset
  spoil(batches);
  const bounds = { highWatermark: offset + 1n, lastStableOffset: offset + 1n, logStart: 0n };
  const partitions = [{ partition: 0, code: 0, ...bounds, aborted: [], batches }];
  return { throttleMs: 0, code: 0, topics: [{ topic: "t", partitions }] };
}

interface FakeBroker {
  readonly time: FakeClock;
  readonly answer: (offset: bigint) => ReturnType<typeof answerOf>;
  readonly arrived: (fetcher: Fetcher) => void;
}

/** Fetches from it for a second. */
async function fetchFrom({ time, answer, arrived }: FakeBroker): Promise<PartitionState> {
  const request = async (_: unknown, { topics, waitMsMax }: FetchRequest) => {
    const given = answer(topics[0]?.partitions[0]?.offset ?? 0n);
    // A broker that has nothing waits for something.
    if (given.topics[0]?.partitions[0]?.batches.length === 0) await time.sleep(waitMsMax);
    return given;
  };
  const cluster = { leader: () => 1, node: () => Promise.resolve({ request }), closePurpose: () => {} };
  const client = {
    cluster: cluster as unknown as Cluster, // all that fetching asks of it
    ...{ time, logger: new FakeLogger(), backoff: { msMin: 100, msMax: 1_000 } },
  };
  const options = { settings, frames: new FramePool(0), requestTimeoutMs: 30_000 };
  const changed = () => arrived(fetcher);
  const fetcher: Fetcher = new Fetcher(client, options, { changed, leadersStale() {}, outOfRange() {} });
  const state = new PartitionState({ topic: "t", partition: 0 });
  state.seek(0n);
  fetcher.assign([state]);
  await time.run(time.sleep(1_000));
  fetcher.stop();
  return state;
}

/** When a broker was asked that answers each time with one record of so many bytes, at once. */
async function askedAt(valueBytes: number): Promise<readonly number[]> {
  const time = new FakeClock();
  const asked: number[] = [];
  await fetchFrom({
    time,
    answer: (offset) => {
      asked.push(time.monotonic());
      return answerOf(offset, valueBytes);
    },
    arrived: (fetcher) => {
      if (asked.length < 5) fetcher.take([], 1);
      else fetcher.stop();
    },
  });
  return asked;
}

/** What comes of records whose bytes are spoiled in the first so many answers. */
async function fetchSpoiled(answers: number, spoil: (batches: Uint8Array) => void) {
  const time = new FakeClock();
  const records: ConsumerRecord[] = [];
  const asked: bigint[] = [];
  const state = await fetchFrom({
    time,
    answer: (offset) => answerOf(offset, 9, asked.push(offset) <= answers ? spoil : undefined),
    arrived: (fetcher) => {
      fetcher.take(records, 1);
      if (records.length > 0) fetcher.stop();
    },
  });
  return { offsets: records.map(({ offset }) => offset), asked, failure: state.failure };
}

Deno.test("records in front of a batch whose header is broken are handed out, however often it's fetched meanwhile", async () => {
  const time = new FakeClock();
  const records: ConsumerRecord[] = [];
  let asked = 0;
  const state = await fetchFrom({
    time,
    answer: (offset) => answerOf(offset, 9, ++asked > 1 ? (batches) => batches.fill(0, 8, 12) : undefined),
    arrived: (fetcher) => {
      if (asked > 5) fetcher.take(records, 1);
    },
  });
  assert.deepEqual(records.map(({ offset }) => offset), [0n]);
  assert.match(String(state.failure), /Cannot read t-0 at offset 1: the record batch is corrupt/);
});

const flip = (at: number) => (batches: Uint8Array) => batches.set([batches[at]! ^ 1], at);
const spoilings = {
  "its content": flip(70),
  "its checksum": flip(18),
  "its length": flip(8),
  "its begin": flip(11),
};

for (const [what, spoil] of Object.entries(spoilings)) {
  Deno.test(`a batch is fetched again where ${what} came spoiled, and after the third time it's a failure`, async () => {
    assert.deepEqual(await fetchSpoiled(1, spoil), { offsets: [0n], asked: [0n, 0n], failure: undefined });
    assert.deepEqual((await fetchSpoiled(2, spoil)).offsets, [0n]);
    const { offsets, asked, failure } = await fetchSpoiled(1_000, spoil);
    assert.deepEqual([offsets, asked], [[], [0n, 0n, 0n]]);
    assert.match(
      String(failure),
      /^ConnectException: Cannot read t-0 at offset 0: the record batch is corrupt/,
    );
  });
}

Deno.test("a fetch that brought little lets some time pass before the next, so that events share one", async () => {
  assert.deepEqual(await askedAt(900), [0, 2, 4, 6, 8]);
});

Deno.test("a fetch that brought much is followed by the next at once", async () => {
  assert.deepEqual(await askedAt(100_000), [0, 0, 0, 0, 0]);
});

/** An answer without a batch, of a log that ends there. */
function emptyAnswer(end: bigint, code = 0): ReturnType<typeof answerOf> {
  const [{ partitions: [partition] } = { partitions: [] }] = answerOf(0n, 1).topics;
  assert.ok(partition !== undefined);
  const bounds = { highWatermark: end, lastStableOffset: end };
  const partitions = [{ ...partition, ...bounds, code, batches: new Uint8Array(0) }];
  return { throttleMs: 0, code: 0, topics: [{ topic: "t", partitions }] };
}

Deno.test("what compaction has removed at the end of a log isn't waited for", async () => {
  const state = await fetchFrom({
    time: new FakeClock(),
    answer: (offset) => offset < 1n ? answerOf(offset, 9) : emptyAnswer(7n),
    arrived: (fetcher) => void fetcher.take([], 1),
  });
  assert.deepEqual([state.position, state.fetchOffset, state.endOffset], [7n, 7n, 7n]);
});

Deno.test("an error of a partition moves nothing", async () => {
  const state = await fetchFrom({
    time: new FakeClock(),
    answer: (offset) => offset < 1n ? answerOf(offset, 9) : emptyAnswer(7n, 6),
    arrived: (fetcher) => void fetcher.take([], 1),
  });
  assert.equal(state.position, 1n);
});

/** Two partitions led by two brokers, of which the second refuses; leaders as the test says. */
async function halfAway(leader: (partition: number) => number | undefined) {
  const time = new FakeClock();
  const reach = new KafkaReach(time);
  const request = async (_: unknown, { waitMsMax }: FetchRequest) => {
    await time.sleep(waitMsMax);
    return emptyAnswer(0n);
  };
  const refused = () => Promise.reject(new BrokerAwayError("no connection to b:9092: ECONNREFUSED"));
  const cluster = {
    leader: (_: string, partition: number) => leader(partition),
    node: (node: number) => node === 2 ? refused() : Promise.resolve({ request }),
    closePurpose: () => {},
  };
  const client = {
    cluster: cluster as unknown as Cluster, // all that fetching asks of it
    ...{ time, reach, logger: new FakeLogger(), backoff: { msMin: 100, msMax: 1_000 } },
  };
  const options = { settings, frames: new FramePool(0), requestTimeoutMs: 30_000 };
  const fetcher = new Fetcher(client, options, { changed() {}, leadersStale() {}, outOfRange() {} });
  const states = [0, 1].map((partition) => new PartitionState({ topic: "t", partition }));
  for (const state of states) state.seek(0n);
  fetcher.assign(states);
  await time.run(time.sleep(10_000));
  const away = reach.away();
  fetcher.stop();
  return away;
}

Deno.test("half of the brokers away: the partitions of those alone wait, with the broker's address", async () => {
  const away = await halfAway((partition) => partition + 1);
  assert.deepEqual([away?.sinceMs, away?.nodes], [0, new Set([2])]);
  assert.equal(away?.reason, "no connection to b:9092: ECONNREFUSED");
});

Deno.test("partitions that no broker leads any more wait, too, and are named", async () => {
  const away = await halfAway((partition) => partition === 0 ? 1 : undefined);
  assert.deepEqual([away?.nodes, away?.reason], [new Set([noNode]), "no broker leads t-1"]);
});
