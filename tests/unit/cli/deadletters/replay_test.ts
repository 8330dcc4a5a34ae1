import assert from "node:assert/strict";
import { replayLetters, type ReplayOptions } from "../../../../cli/deadletters/replay.ts";
import { letterLines, replayLines } from "../../../../cli/deadletters/view.ts";
import { DataException, RetriableException } from "../../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../../connect/api/ports.ts";
import { ConnectRecord, type SinkRecord } from "../../../../connect/api/record.ts";
import { SinkTask } from "../../../../connect/api/sink_task.ts";
import type { DeadLetter } from "../../../../connect/errors/dead_letter_reader.ts";
import type { ConnectorSpec } from "../../../../connect/runtime/herder/connector_spec.ts";
import type { RecordPipeline } from "../../../../connect/runtime/task/record_pipeline.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";

const text = new TextDecoder();

/** Records what the sink gets; it refuses and fails as the values say. */
class FakeTask extends SinkTask {
  readonly puts: (readonly string[])[] = [];
  outages = 0;
  isStopped = false;

  version(): string {
    return "1";
  }
  start(): Promise<void> {
    return Promise.resolve();
  }
  async put(records: readonly SinkRecord[]): Promise<void> {
    if (this.outages-- > 0) throw new RetriableException("away");
    this.puts.push(records.map(({ value }) => String(value)));
    for (const record of records) {
      if (record.value === "refused") {
        await this.context.errantRecordReporter()?.report(
          record,
          new DataException("no", { rule: "sqlstate_23502" }),
        );
      }
    }
    this.context.count("rows-suppressed", "not_newer", 1);
  }
  stop(): Promise<void> {
    this.isStopped = true;
    return Promise.resolve();
  }
}

function letter(offset: number, topic = "people"): DeadLetter {
  return {
    ...{ connector: "c", at: { topic, partition: 0 }, offset: BigInt(offset), stage: "TASK_PUT" },
    ...{ rule: "r", field: null, writtenAt: 5 },
  };
}

function original(offset: number, value: string): ConsumerRecord {
  return {
    ...{ topic: "people", partition: 0, offset: BigInt(offset), timestamp: 5, timestampType: "CreateTime" },
    ...{ key: null, value: new TextEncoder().encode(value), headers: [] },
  };
}

/** Reads values as text; `bad` fails and `filtered` is dropped. */
const pipeline = {
  apply: (raw: ConsumerRecord) => {
    const value = text.decode(raw.value ?? new Uint8Array());
    if (value === "bad") throw new DataException("no", { rule: "phone_missing" });
    if (value === "filtered") return null;
    return ConnectRecord.of({
      topic: raw.topic,
      partition: raw.partition,
      offset: raw.offset,
      value: value === "tombstone" ? null : value,
    }) as SinkRecord;
  },
} as unknown as RecordPipeline;

function world(log: Readonly<Record<number, string>>) {
  const task = new FakeTask();
  const done = new Set<bigint>();
  const reads: bigint[] = [];
  const options: ReplayOptions = {
    spec: {
      ...{ name: "c", groupId: "connect-c", configHash: "ab", props: {}, current: () => Promise.resolve({}) },
      plugin: { createTask: () => task },
    } as unknown as ConnectorSpec,
    pipeline,
    subscribes: (topic) => topic === "people",
    time: new FakeClock(),
    done: {
      has: ({ offset }) => done.has(offset),
      add: (places) => Promise.resolve(places.forEach(({ offset }) => done.add(offset))),
    },
    reader: {
      read: (_at, from) => {
        reads.push(from);
        const records = Object.entries(log).filter(([offset]) => BigInt(offset) >= from)
          .map(([offset, value]) => original(Number(offset), value));
        return Promise.resolve(records.length === 0 ? null : { records, next: 1_000n, end: 1_000n });
      },
    },
    admin: {} as ReplayOptions["admin"],
    logger: new FakeLogger(),
    signal: new AbortController().signal,
  };
  return { task, done, reads, options };
}

Deno.test("each letter is replayed, filtered, still bad, gone or done before, and only what was written is remembered", async () => {
  const { task, done, reads, options } = world({ 0: "Ana", 1: "bad", 2: "refused", 4: "filtered", 5: "Bia" });
  done.add(5n);
  const letters = [0, 1, 2, 3, 4, 5].map((offset) => letter(offset)).concat(
    letter(0, "strangers"),
    letter(2_000),
  );
  const outcome = await replayLetters(letters, options);
  assert.deepEqual(task.puts, [["Ana", "refused"]]);
  assert.deepEqual([outcome.replayed, outcome.filtered, outcome.before], [1, 1, 1]);
  assert.deepEqual(outcome.stillBad.map(({ letter, reason }) => [letter.offset, reason]), [
    [1n, "phone_missing"],
    [2n, "sqlstate_23502"],
  ]);
  assert.deepEqual(outcome.gone.map(({ letter, reason }) => [letter.offset, reason]), [
    [3n, "not_in_kafka_any_more"], // compacted away
    [0n, "topic_not_subscribed"],
    [2_000n, "not_in_kafka_any_more"],
  ]);
  assert.deepEqual([...done].toSorted(), [0n, 4n, 5n]);
  assert.deepEqual(reads, [0n, 2_000n], "what one fetch brought serves the letters behind it");
  assert.deepEqual([...outcome.suppressed], [["not_newer", 1]]);
  assert.equal(task.isStopped, true);
});

Deno.test("an outage is waited for, not for ever, and leaves nothing remembered that wasn't written", async () => {
  const short = world({ 0: "Ana" });
  short.task.outages = 2;
  const clock = short.options.time as FakeClock;
  assert.equal((await clock.run(replayLetters([letter(0)], short.options))).replayed, 1);
  const long = world({ 0: "Ana" });
  long.task.outages = 100;
  const waiting = long.options.time as FakeClock;
  await assert.rejects(waiting.run(replayLetters([letter(0)], long.options)), RetriableException);
  assert.deepEqual([long.done.size, long.task.isStopped], [0, true]);
});

Deno.test("a replay that was told to end writes what it has and says that there is more", async () => {
  const { options, task } = world({ 0: "Ana" });
  const outcome = await replayLetters([letter(0)], { ...options, signal: AbortSignal.abort() });
  assert.deepEqual([outcome.wasInterrupted, outcome.replayed, task.puts.length], [true, 0, 0]);
  assert.match(replayLines("dlq", outcome, 2).join("\n"), /interrupted: run it again.*/);
});

Deno.test("a list without a database can't tell what was replayed", () => {
  const lines = letterLines({ topic: "dlq", letters: [letter(7)], unreadable: 1, leftOut: 0, done: null });
  assert.match(lines[1] ?? "", /^people-0@7 +1970-01-01T00:00:00\.005Z +TASK_PUT +r +- +\?$/);
  assert.match(lines[2] ?? "", /^dlq: 1 records .*; 1 records of the topic have no coordinates$/);
});

Deno.test("erasures that weren't done stand out in the list, and a replay says which it has done", async () => {
  const erasure = { ...letter(0), isErasure: true as const };
  const list = (has: boolean | null) =>
    letterLines({
      ...{ topic: "dlq", letters: [erasure, letter(5)], unreadable: 0, leftOut: 0 },
      done: has === null ? null : { has: () => has },
    });
  assert.match(list(null)[1] ?? "", / erasure not done$/);
  assert.match(list(false)[1] ?? "", / erasure not done$/);
  assert.match(list(false)[2] ?? "", / open$/);
  assert.match(list(true)[1] ?? "", / replayed$/);
  const { options } = world({ 0: "tombstone", 5: "Bia", 6: "Eva" });
  // Who writes to the queue may call any record an erasure: only one that erases has erased.
  const forged = { ...letter(6), isErasure: true as const };
  const outcome = await replayLetters([erasure, letter(5), forged], options);
  const told = replayLines("dlq", outcome, 0).join("\n");
  assert.match(
    told,
    /^ +erasures done: people-0@0; mark them as done on \/ui of the worker that shows them$/m,
  );
});
