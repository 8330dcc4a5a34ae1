import assert from "node:assert/strict";
import type { Cluster } from "../../../../connect/kafka/cluster.ts";
import { Fetcher } from "../../../../connect/kafka/fetcher.ts";
import { FramePool } from "../../../../connect/kafka/frame_pool.ts";
import { PartitionState } from "../../../../connect/kafka/partition_state.ts";
import type { FetchRequest } from "../../../../connect/kafka/protocol/fetch_api.ts";
import { encodeBatch } from "../../../../connect/kafka/record_batch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { FakeLogger } from "../../../support/fake_logger.ts";

const settings = {
  bytesMin: 1,
  waitMsMax: 500,
  bytesMax: 1_000_000,
  partitionBytesMax: 1_000_000,
  bufferedBytesMax: 2_000_000,
  readCommitted: false,
  checkCrcs: true,
};

/** When a broker was asked that answers each time with one record of so many bytes, at once. */
async function askedAt(valueBytes: number): Promise<readonly number[]> {
  const time = new FakeClock();
  const asked: number[] = [];
  const request = (_: unknown, { topics }: FetchRequest) => {
    asked.push(time.monotonic());
    const offset = topics[0]?.partitions[0]?.offset ?? 0n;
    const record = { topic: "t", partition: 0, key: null, value: new Uint8Array(valueBytes), headers: [] };
    const batches = new Uint8Array(encodeBatch([{ ...record, timestamp: 0 }], "none"));
    new DataView(batches.buffer).setBigInt64(0, offset); // a batch begins with its offset
    const bounds = { highWatermark: offset + 1n, lastStableOffset: offset + 1n, logStart: 0n };
    const partitions = [{ partition: 0, code: 0, ...bounds, aborted: [], batches }];
    return Promise.resolve({ throttleMs: 0, code: 0, topics: [{ topic: "t", partitions }] });
  };
  const cluster = { leader: () => 1, node: () => Promise.resolve({ request }), closePurpose: () => {} };
  const fetcher = new Fetcher({
    cluster: cluster as unknown as Cluster, // all that fetching asks of it
    time,
    logger: new FakeLogger(),
    settings,
    frames: new FramePool(0),
    requestTimeoutMs: 30_000,
    backoff: { msMin: 100, msMax: 1_000 },
    arrived: () => {
      if (asked.length < 5) fetcher.take([], 1);
      else fetcher.stop();
    },
    leadersStale: () => {},
    outOfRange: () => {},
  });
  const state = new PartitionState({ topic: "t", partition: 0 });
  state.seek(0n);
  fetcher.assign([state]);
  await time.run(time.sleep(1_000));
  return asked;
}

Deno.test("a fetch that brought little lets some time pass before the next, so that events share one", async () => {
  assert.deepEqual(await askedAt(900), [0, 2, 4, 6, 8]);
});

Deno.test("a fetch that brought much is followed by the next at once", async () => {
  assert.deepEqual(await askedAt(100_000), [0, 0, 0, 0, 0]);
});
