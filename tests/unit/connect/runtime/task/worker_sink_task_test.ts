import assert from "node:assert/strict";
import { ConnectException, RetriableException } from "../../../../../connect/api/exceptions.ts";
import { PartitionMap } from "../../../../../connect/api/record.ts";
import { at, TaskHarness, way } from "./task_harness.ts";

Deno.test("records are delivered as soon as they arrive, and committed when the flush interval is over", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 10_000 });
  await harness.start();
  harness.append(0, "a", "b");
  await harness.clock.advance(5);
  assert.deepEqual(harness.sink.values, ["a", "b"]);
  await harness.clock.advance(9_000);
  assert.equal(harness.committed(0), undefined);
  await harness.clock.advance(1_500);
  assert.equal(harness.committed(0), 2n);
  assert.equal(await harness.stop(), undefined);
});

Deno.test("the calls of a task's life come in Connect's order", async () => {
  const harness = new TaskHarness({ partitions: 2 });
  harness.append(1, "a");
  await harness.start();
  await harness.stop();
  assert.deepEqual(harness.sink.calls, [
    "start",
    "open events-0 events-1",
    "put 1",
    "preCommit events-0@0 events-1@1",
    "close events-0 events-1",
    "stop",
  ]);
  assert.deepEqual(harness.sink.props, { topics: "events" });
  assert.deepEqual(harness.states, ["started"]);
});

Deno.test("preCommit gets the topic-partitions that records were consumed from, whatever a transformation renamed", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 100 });
  harness.append(0, "a");
  await harness.start(200);
  assert.equal(harness.sink.delivered[0]?.[0]?.topic, "renamed");
  assert.ok(harness.sink.calls.includes("preCommit events-0@1"));
  assert.equal(harness.committed(0), 1n);
  await harness.stop();
});

Deno.test("filtered and tolerated records move the offset, also when nothing else came", async () => {
  const harness = new TaskHarness({ tolerance: "all", commitIntervalMs: 100 });
  harness.append(0, "drop", "bad", "broken", "drop");
  await harness.start(300);
  assert.deepEqual(harness.sink.values, []);
  assert.equal(harness.committed(0), 4n);
  assert.deepEqual(harness.reported.map(({ stage, className }) => `${stage} ${className}`), [
    "VALUE_CONVERTER example.Value",
    "TRANSFORMATION example.Contact",
  ]);
  await harness.stop();
});

Deno.test("put() waits until the reports of the records before it are durable", async () => {
  const harness = new TaskHarness({ tolerance: "all" });
  harness.onReport = () => harness.clock.sleep(3_000);
  harness.append(0, "a", "bad", "b");
  await harness.start(2_000);
  assert.deepEqual(harness.sink.values, []);
  await harness.clock.advance(1_500);
  assert.deepEqual(harness.sink.values, ["a", "b"]);
  await harness.stop();
});

Deno.test("a report that is lost fails the task, and its record is not committed", async () => {
  const harness = new TaskHarness({ tolerance: "all" });
  harness.append(0, "a");
  await harness.start();
  harness.onReport = () => Promise.reject(new ConnectException("Cannot write to the dead letter queue"));
  harness.append(0, "bad", "b");
  assert.match(String(await harness.end()), /dead letter queue/);
  assert.equal(harness.committed(0), 1n);
});

Deno.test("good before bad: with errors.tolerance=none everything before the bad record is written and committed", async () => {
  const harness = new TaskHarness({ partitions: 2 });
  harness.append(0, "a", "b", "bad", "c");
  harness.append(1, "x", "y", "z");
  await harness.start();
  const error = await harness.end();
  assert.deepEqual(harness.sink.values, ["a", "b", "x", "y", "z"]);
  assert.equal(harness.committed(0), 2n);
  assert.equal(harness.committed(1), 3n);
  assert.ok(error instanceof ConnectException);
  assert.equal(
    error.message,
    "Tolerance exceeded in error handler: topic events, partition 0, offset 2, stage VALUE_CONVERTER, rule unreadable: unreadable",
  );
});

Deno.test("good before bad holds across batches: what was polled behind the bad record is never put", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 2 });
  harness.sink.onPut = () => harness.clock.sleep(50);
  harness.append(0, "a", "b", "c", "bad", "d", "e");
  await harness.start();
  await harness.end();
  assert.deepEqual(harness.sink.values, ["a", "b", "c"]);
  assert.equal(harness.committed(0), 3n);
});

Deno.test("a zero-length value and the text null are bad records, a record without a value is a tombstone", async () => {
  const harness = new TaskHarness({ tolerance: "all" });
  harness.kafka.append(at(0), { value: null }, { value: "null" });
  await harness.start();
  assert.deepEqual(harness.sink.values, [null]);
  assert.equal(harness.registry.total("records-rejected", { reason: "empty_value" }), 1);
  await harness.stop();
});

Deno.test("RetriableException keeps the batch: partitions pause, the member polls on, the same records come again", async () => {
  const harness = new TaskHarness({ partitions: 2 });
  let tries = 0;
  harness.sink.onPut = (records) => {
    if (records.length === 0 || ++tries > 2) return;
    harness.sink.given.timeout(5_000);
    throw new RetriableException("the database is away");
  };
  harness.append(0, "a");
  await harness.start(1_000);
  harness.append(1, "later");
  assert.equal(harness.consumer.pausedPartitions.length, 2);
  assert.equal(harness.troubles[0]?.reason, "the database is away");
  await harness.clock.advance(3_000);
  assert.equal(tries, 1);
  await harness.clock.advance(6_500);
  assert.deepEqual(harness.troubles, []);
  assert.deepEqual(harness.sink.values, ["a", "later"]);
  assert.equal(harness.consumer.pausedPartitions.length, 0);
  assert.equal(harness.registry.total("put-batch-retries-total"), 2);
  await harness.stop();
});

Deno.test("a kept batch is dropped when a rebalance takes its partition, and what stays is put again", async () => {
  const harness = new TaskHarness({ partitions: 2 });
  let isDown = true;
  harness.sink.onPut = (records) => {
    if (records.length > 0 && isDown) throw new RetriableException("away");
  };
  harness.append(0, "gone");
  harness.append(1, "stays");
  await harness.start(500);
  harness.consumer.rebalanceTo([at(1)]);
  await harness.clock.advance(100);
  isDown = false;
  await harness.clock.advance(3_000);
  assert.deepEqual(harness.sink.values, ["stays"]);
  await harness.stop();
  assert.equal(harness.committed(0), undefined);
});

Deno.test("a rebalance waits for the put that is under way, commits it, closes and opens", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  harness.sink.onPut = (records) => records.length > 0 ? harness.clock.sleep(2_000) : undefined;
  await harness.start(100);
  harness.append(0, "b");
  harness.consumer.rebalanceTo([at(0)]);
  await harness.clock.advance(5_000);
  assert.deepEqual(harness.sink.calls.slice(1, 7), [
    "open events-0",
    "put 1",
    "preCommit events-0@1",
    "close events-0",
    "open events-0",
    "put 1",
  ]);
  assert.deepEqual(harness.sink.values, ["a", "b"]);
  await harness.stop();
});

Deno.test("of lost partitions nothing is committed, and the task closes them", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  harness.consumer.loseSession([]);
  await harness.clock.advance(100);
  assert.equal(harness.committed(0), undefined);
  assert.ok(harness.sink.calls.includes("close events-0"));
  assert.ok(!harness.sink.calls.some((call) => call.startsWith("preCommit")));
  await harness.stop();
});

Deno.test("pause commits at once and delivers nothing, resume goes on where it was", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  harness.task.pause();
  await harness.clock.advance(100);
  assert.equal(harness.committed(0), 1n);
  harness.append(0, "b");
  await harness.clock.advance(10_000);
  assert.deepEqual(harness.sink.values, ["a"]);
  assert.equal(harness.consumer.assignment().length, 1);
  harness.task.resume();
  await harness.clock.advance(100);
  assert.deepEqual(harness.sink.values, ["a", "b"]);
  assert.deepEqual(harness.states, ["started", "paused", "resumed"]);
  await harness.stop();
});

Deno.test("a task that begins paused delivers nothing before it is resumed", async () => {
  const harness = new TaskHarness({ isPaused: true });
  harness.append(0, "a");
  await harness.start(5_000);
  assert.deepEqual(harness.sink.values, []);
  harness.task.resume();
  await harness.clock.advance(100);
  assert.deepEqual(harness.sink.values, ["a"]);
  await harness.stop();
});

Deno.test("a paused task with a kept batch neither puts it nor spins", async () => {
  const harness = new TaskHarness();
  let tries = 0;
  harness.sink.onPut = (records) => {
    if (records.length === 0) return;
    tries += 1;
    throw new RetriableException("away");
  };
  harness.append(0, "a");
  await harness.start(100);
  harness.task.pause();
  const before = tries;
  await harness.clock.advance(60_000);
  assert.equal(tries, before);
  await harness.stop();
});

Deno.test("stop() finishes the batch in hand and commits it", async () => {
  const harness = new TaskHarness();
  harness.sink.onPut = (records) => records.length > 0 ? harness.clock.sleep(3_000) : undefined;
  harness.append(0, "a");
  await harness.start(100);
  assert.equal(await harness.stop(), undefined);
  assert.deepEqual(harness.sink.values, ["a"]);
  assert.equal(harness.committed(0), 1n);
});

Deno.test("a put that takes longer than task.shutdown.graceful.timeout.ms is left alone, and nothing of it is committed", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  harness.sink.onPut = (records) => records.length > 0 ? new Promise<void>(() => {}) : undefined;
  harness.append(0, "b");
  await harness.clock.advance(100);
  const startedMs = harness.clock.monotonic();
  assert.equal(await harness.stop(), undefined);
  assert.ok(harness.clock.monotonic() - startedMs < 6_000);
  assert.equal(harness.committed(0), undefined);
  assert.ok(harness.sink.given.signal.aborted);
  assert.ok(!harness.consumer.isMember);
  assert.match(harness.logger.text(), /stopped by force/);
});

Deno.test("a failing put fails the task; what was delivered before is committed", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  harness.sink.onPut = (records) => {
    if (records.length > 0) throw new ConnectException("Cannot write: the table is gone");
  };
  harness.append(0, "b");
  const error = await harness.end();
  assert.match(
    String(error),
    /Exiting WorkerSinkTask due to unrecoverable exception: Cannot write: the table is gone/,
  );
  assert.equal(harness.committed(0), 1n);
  assert.equal(harness.sink.calls.at(-1), "stop");
});

Deno.test("a foreign error of put is never quoted: a driver's text can hold a row", async () => {
  const harness = new TaskHarness();
  harness.sink.onPut = (records) => {
    if (records.length > 0) throw new Error("Key (phone)=(+5511999990000) already exists");
  };
  harness.append(0, "a");
  await harness.start();
  const error = await harness.end();
  assert.ok(error instanceof ConnectException);
  assert.doesNotMatch(error.message + harness.logger.text(), /\+55/);
});

Deno.test("preCommit that fails while running rewinds to the last committed offsets", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 1_000 });
  harness.append(0, "a");
  await harness.start(1_500);
  assert.equal(harness.committed(0), 1n);
  let fails = 1;
  harness.sink.onPreCommit = (current) => {
    if (fails-- > 0) throw new Error("flush failed");
    return current;
  };
  harness.append(0, "b", "c");
  await harness.clock.advance(2_500);
  assert.deepEqual(harness.sink.values, ["a", "b", "c", "b", "c"]);
  assert.equal(harness.committed(0), 3n);
  await harness.stop();
});

Deno.test("preCommit that fails while closing is only logged", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  harness.sink.onPreCommit = () => {
    throw new Error("flush failed");
  };
  assert.equal(await harness.stop(), undefined);
  assert.equal(harness.committed(0), undefined);
  assert.match(harness.logger.text(), /Offset commit failed during close/);
  assert.deepEqual(harness.sink.calls.slice(-2), ["close events-0", "stop"]);
});

Deno.test("offsets that a task offers beyond what was delivered, or of strangers, are ignored", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 100 });
  harness.sink.onPreCommit = () => new PartitionMap([[at(0), 50n], [{ topic: "other", partition: 0 }, 1n]]);
  harness.append(0, "a");
  await harness.start(300);
  assert.equal(harness.committed(0), undefined);
  assert.match(
    harness.logger.text(),
    /Ignoring invalid task provided offset events-0\/50 -- not yet consumed/,
  );
  assert.match(harness.logger.text(), /other-0\/1 -- partition not assigned/);
  await harness.stop();
});

Deno.test("a task that offers no offsets opts out of the commit", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 100 });
  harness.sink.onPreCommit = () => new PartitionMap();
  harness.append(0, "a");
  await harness.start(300);
  await harness.stop();
  assert.equal(harness.committed(0), undefined);
});

Deno.test("the task's mark is kept beside each committed offset", async () => {
  const harness = new TaskHarness();
  harness.sink.metadata = "mark";
  harness.append(0, "a");
  await harness.start();
  await harness.stop();
  assert.deepEqual(harness.kafka.offsetsOf("connect-people").get(at(0)), { offset: 1n, metadata: "mark" });
});

Deno.test("a commit that Kafka doesn't answer moves nothing, and the next one carries it", async () => {
  const harness = new TaskHarness({ commitIntervalMs: 1_000 });
  harness.kafka.commitFault = () => {
    throw new RetriableException("no answer");
  };
  harness.append(0, "a");
  await harness.start(1_500);
  assert.equal(harness.committed(0), undefined);
  harness.kafka.commitFault = () => {};
  await harness.clock.advance(1_000);
  assert.equal(harness.committed(0), 1n);
  assert.deepEqual(harness.sink.values, ["a"]);
  await harness.stop();
});

Deno.test("context.requestCommit() commits at the next opportunity", async () => {
  const harness = new TaskHarness();
  harness.sink.onPut = (records) => {
    if (records.length > 0) harness.sink.given.requestCommit();
  };
  harness.append(0, "a");
  await harness.start(50);
  assert.equal(harness.committed(0), 1n);
  await harness.stop();
});

Deno.test("context.offset() in open decides where reading begins, and is committed", async () => {
  const harness = new TaskHarness();
  harness.sink.onOpen = () => harness.sink.given.offset(new PartitionMap([[at(0), 2n]]));
  harness.append(0, "a", "b", "c");
  await harness.start();
  assert.deepEqual(harness.sink.values, ["c"]);
  await harness.stop();
  assert.equal(harness.committed(0), 3n);
});

Deno.test("context.offset() in put drops what was read ahead and reads again from there", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 1 });
  let isFirst = true;
  harness.sink.onPut = async (records) => {
    if (records.length === 0 || !isFirst) return;
    isFirst = false;
    await harness.clock.sleep(50);
    harness.sink.given.offset(new PartitionMap([[at(0), 0n]]));
  };
  harness.append(0, "a", "b");
  await harness.start(200);
  assert.deepEqual(harness.sink.values, ["a", "a", "b"]);
  await harness.stop();
});

Deno.test("context.pause() holds a partition back, also what was read ahead of it", async () => {
  const harness = new TaskHarness({ partitions: 2, pollRecordsMax: 1 });
  harness.sink.onPut = async (records) => {
    if (records.length === 0 || records[0]?.value !== "a") return;
    await harness.clock.sleep(50);
    harness.sink.given.pause(at(0));
  };
  harness.append(0, "a", "b");
  harness.append(1, "x");
  await harness.start(500);
  assert.deepEqual(harness.sink.values, ["a", "x"]);
  harness.sink.given.resume(at(0));
  await harness.clock.advance(1_500);
  assert.deepEqual(harness.sink.values, ["a", "x", "b"]);
  await harness.stop();
});

Deno.test("a bad record behind a partition that the task paused is met again after it is resumed", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 1 });
  harness.sink.onPut = async (records) => {
    if (records[0]?.value !== "a") return;
    await harness.clock.sleep(50);
    harness.sink.given.pause(at(0));
  };
  harness.append(0, "a", "bad", "c");
  await harness.start(500);
  harness.sink.given.resume(at(0));
  const error = await harness.end();
  assert.match(String(error), /offset 1/);
  assert.equal(harness.committed(0), 1n);
});

Deno.test("pausing a partition of somebody else is refused", async () => {
  const harness = new TaskHarness();
  await harness.start();
  assert.throws(() => harness.sink.given.pause(at(7)), /not currently assigned/);
  await harness.stop();
});

Deno.test("open that asks for another try holds everything back until it succeeds", async () => {
  const harness = new TaskHarness();
  let tries = 0;
  harness.sink.onOpen = () => {
    if (++tries < 3) throw new RetriableException("the database is away");
  };
  harness.append(0, "a");
  await harness.start(1_500);
  assert.deepEqual(harness.sink.values, []);
  await harness.clock.advance(2_000);
  assert.deepEqual(harness.sink.values, ["a"]);
  await harness.stop();
});

Deno.test("start that asks for another try leaves the task RUNNING and is called again", async () => {
  const harness = new TaskHarness();
  let tries = 0;
  harness.sink.onStart = () => {
    if (++tries < 3) throw new RetriableException("the database is away");
  };
  harness.append(0, "a");
  await harness.start(500);
  assert.deepEqual(harness.states, ["started"]);
  await harness.clock.advance(5_000);
  assert.deepEqual(harness.sink.values, ["a"]);
  await harness.stop();
});

Deno.test("a task that gets nothing is called with nothing at least every second, paused or not", async () => {
  const harness = new TaskHarness();
  await harness.start(10_000);
  assert.ok(harness.sink.emptyPuts >= 10, String(harness.sink.emptyPuts));
  assert.ok(harness.sink.emptyPuts < 30, String(harness.sink.emptyPuts));
  await harness.stop();
});

Deno.test("batches grow while put is busy, up to their limit", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 10, limits: { recordsMax: 40, bytesMax: 1_000_000 } });
  harness.sink.onPut = (records) => records.length > 0 ? harness.clock.sleep(100) : undefined;
  harness.append(0, ...Array.from({ length: 130 }, (_, index) => String(index)));
  await harness.start(2_000);
  assert.deepEqual(harness.sink.delivered.map((batch) => batch.length), [10, 40, 40, 40]);
  await harness.stop();
});

/** Columns hold no objects, so a batch has no limit but its own. */
const testOfObjects = (name: string, test: () => Promise<void>) =>
  Deno.test({ name, ignore: way.isColumns, fn: test });

testOfObjects("a batch holds no more raw bytes than its limit and one poll", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 1, limits: { recordsMax: 1_000, bytesMax: 200 } });
  harness.sink.onPut = (records) => records.length > 0 ? harness.clock.sleep(100) : undefined;
  harness.append(0, ...Array.from({ length: 9 }, () => "v".repeat(99)));
  await harness.start(2_000);
  assert.deepEqual(harness.sink.delivered.map((batch) => batch.length), [1, 2, 2, 2, 2]);
  await harness.stop();
});

Deno.test("the consumer gets its memory back whenever nothing of it is in use", async () => {
  const harness = new TaskHarness({ tolerance: "all", pollRecordsMax: 2 });
  harness.append(0, "a", "b", "c", "bad", "e");
  await harness.start(500);
  assert.deepEqual(harness.sink.values, ["a", "b", "c", "e"]);
  assert.equal(harness.consumer.released, 5);
  await harness.stop();
});

Deno.test("under load the consumer gets a batch's memory back while the next one is in hand", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 10, limits: { recordsMax: 10, bytesMax: 1_000_000 } });
  const released: number[] = [];
  harness.sink.onPut = (records) => {
    if (records.length === 0) return undefined;
    released.push(harness.consumer.released);
    return harness.clock.sleep(100);
  };
  harness.append(0, ...Array.from({ length: 50 }, (_, index) => String(index)));
  await harness.start(2_000);
  assert.deepEqual(released, [0, 10, 20, 30, 40]);
  assert.deepEqual(harness.sink.values, Array.from({ length: 50 }, (_, index) => String(index)));
  await harness.stop();
});

testOfObjects(
  "after so many bytes nothing is read ahead until nothing is in hand, and memory is freed then",
  async () => {
    const freed: number[] = [];
    const harness = new TaskHarness({
      pollRecordsMax: 1,
      limits: { recordsMax: 2, bytesMax: 1_000_000, heldBytesMax: 400 },
      freeMemory: () => {
        assert.equal(harness.bytesInHand, 0);
        freed.push(harness.consumer.released);
      },
    });
    const inHand: number[] = [];
    harness.sink.onPut = async (records) => {
      if (records.length === 0) return;
      await harness.clock.sleep(100);
      inHand.push(harness.bytesInHand);
    };
    harness.append(0, ...Array.from({ length: 10 }, () => "v".repeat(99))); // 100 bytes each with the key
    await harness.start(3_000);
    assert.deepEqual(harness.sink.delivered.map((batch) => batch.length), [1, 2, 1, 1, 2, 1, 1, 1]);
    assert.deepEqual(inHand, [300, 300, 100, 300, 300, 100, 200, 100]);
    assert.deepEqual(freed, [4, 8]);
    await harness.stop();
  },
);

testOfObjects(
  "a poll of more than may be held is converted part by part, in order, and its memory is kept until then",
  async () => {
    const harness = new TaskHarness({
      pollRecordsMax: 7,
      limits: { recordsMax: 100, bytesMax: 1_000_000, heldBytesMax: 250 },
    });
    const inHand: number[] = [];
    const released: number[] = [];
    harness.sink.onPut = async (records) => {
      if (records.length === 0) return;
      released.push(harness.consumer.released);
      await harness.clock.sleep(100);
      inHand.push(harness.bytesInHand);
    };
    const values = Array.from({ length: 9 }, (_, index) => String(index).padEnd(99, "v"));
    harness.append(0, ...values);
    await harness.start(5_000);
    assert.deepEqual(harness.sink.values, values);
    assert.deepEqual(harness.sink.delivered.map((batch) => batch.length), [3, 3, 1, 2]);
    assert.deepEqual(inHand, [300, 300, 300, 200]);
    assert.deepEqual(released, [0, 0, 0, 7]);
    assert.equal(harness.consumer.released, 9);
    await harness.stop();
  },
);

testOfObjects(
  "what is left of a poll goes with its partition, and is read again where that is paused and resumed",
  async () => {
    const harness = new TaskHarness({
      ...{ partitions: 2, pollRecordsMax: 8 },
      limits: { recordsMax: 100, bytesMax: 1_000_000, heldBytesMax: 150 },
    });
    harness.sink.onPut = async (records) => {
      if (records.length === 0) return;
      await harness.clock.sleep(100);
      if (harness.sink.delivered.length === 0) harness.sink.given.pause(at(1));
    };
    const values = [0, 1].map((partition) => [0, 1, 2, 3].map((n) => `${partition}${n}`.padEnd(99, "v")));
    values.forEach((list, partition) => harness.append(partition, ...list));
    await harness.start(5_000);
    const written = (partition: number) =>
      harness.sink.values.filter((value) => String(value).startsWith(String(partition)));
    assert.deepEqual(written(0), values[0]);
    const early = written(1).length;
    assert.ok(early < 4, `${early} of the paused partition`);
    harness.sink.given.resume(at(1));
    await harness.clock.advance(5_000);
    assert.deepEqual(written(1), values[1]);
    await harness.stop();
  },
);

testOfObjects("at a trickle memory is freed once for many batches", async () => {
  let freed = 0;
  const harness = new TaskHarness({
    limits: { recordsMax: 100, bytesMax: 1_000_000, heldBytesMax: 400 },
    freeMemory: () => void (freed += 1),
  });
  await harness.start();
  for (let count = 0; count < 8; count++) {
    harness.append(0, "v".repeat(99));
    await harness.clock.advance(2_000);
  }
  assert.equal(harness.sink.values.length, 8);
  assert.equal(freed, 2);
  await harness.stop();
});

Deno.test("a batch that is kept for another try keeps its memory", async () => {
  const harness = new TaskHarness({ pollRecordsMax: 2, limits: { recordsMax: 2, bytesMax: 1_000_000 } });
  const released: number[] = [];
  harness.sink.onPut = (records) => {
    if (records.length === 0) return;
    released.push(harness.consumer.released);
    if (released.length === 2 || released.length === 3) throw new RetriableException("the database is away");
  };
  harness.append(0, "a", "b", "c", "d", "e");
  await harness.start(5_000);
  assert.deepEqual(released.slice(0, 4), [0, 2, 2, 2]);
  assert.equal(harness.consumer.released, 5);
  await harness.stop();
});

Deno.test("a refused report fails the task even where the sink doesn't look at it", async () => {
  const harness = new TaskHarness();
  harness.sink.onPut = (records) => {
    const [first] = records;
    if (first !== undefined) void harness.sink.given.errantRecordReporter()?.report(first, new Error("no"));
  };
  harness.append(0, "a", "b");
  await harness.start();
  const error = await harness.end();
  assert.match(String(error), /offset 0, stage TASK_PUT/);
  assert.equal(harness.committed(0), undefined);
});

Deno.test("a report that the sink doesn't wait for is durable before the commit that passes it", async () => {
  const harness = new TaskHarness({ tolerance: "all", commitIntervalMs: 100 });
  harness.onReport = () => harness.clock.sleep(4_000);
  harness.sink.onPut = (records) => {
    const [first] = records;
    if (first !== undefined) void harness.sink.given.errantRecordReporter()?.report(first, new Error("no"));
  };
  harness.append(0, "a");
  await harness.start(3_000);
  assert.equal(harness.committed(0), undefined);
  await harness.clock.advance(2_000);
  assert.equal(harness.committed(0), 1n);
  assert.equal(harness.reported[0]?.record.offset, 0n);
  await harness.stop();
});

Deno.test("a sink without dead letter queue and error log has no reporter", async () => {
  const harness = new TaskHarness({ hasReporter: false });
  await harness.start();
  assert.equal(harness.sink.given.errantRecordReporter(), null);
  await harness.stop();
});

Deno.test("topics that records came from are told", async () => {
  const harness = new TaskHarness();
  harness.append(0, "a");
  await harness.start();
  assert.deepEqual([...harness.topics], ["events"]);
  await harness.stop();
});

Deno.test("what a task counts is found by its reason", async () => {
  const harness = new TaskHarness();
  await harness.start();
  harness.sink.given.count("rows-suppressed", "erased", 3);
  harness.sink.given.count("rows-suppressed", "erased");
  assert.equal(harness.registry.total("rows-suppressed", { reason: "erased" }), 4);
  await harness.stop();
});

Deno.test("a consumer that fails for good fails the task", async () => {
  const harness = new TaskHarness();
  await harness.start();
  harness.consumer.pollFault = () => {
    throw new ConnectException("Not authorized to access group");
  };
  assert.match(String(await harness.end()), /Not authorized/);
});
