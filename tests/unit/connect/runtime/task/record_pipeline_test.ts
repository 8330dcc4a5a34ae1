import assert from "node:assert/strict";
import { DataException } from "../../../../../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import type { ConnectRecord } from "../../../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../../../connect/api/schema.ts";
import { RetryWithTolerance } from "../../../../../connect/errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../../../../connect/errors/tolerance_breaker.ts";
import { MetricsRegistry } from "../../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../../connect/metrics/task_metrics.ts";
import {
  RecordPipeline,
  type RecordPipelineOptions,
} from "../../../../../connect/runtime/task/record_pipeline.ts";
import { SinkOffsets } from "../../../../../connect/runtime/task/sink_offsets.ts";
import { BatchRun, TaskBatch } from "../../../../../connect/runtime/task/task_batch.ts";
import { runsOf } from "../../../../../connect/runtime/task/polled_runs.ts";
import { TaskIntake } from "../../../../../connect/runtime/task/task_intake.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeCounters } from "../../errors/failed.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function raw(changes: Partial<ConsumerRecord> = {}): ConsumerRecord {
  return {
    topic: "events",
    partition: 2,
    offset: 7n,
    timestamp: 5,
    timestampType: "CreateTime",
    key: bytes("k"),
    value: bytes("v"),
    headers: [],
    ...changes,
  };
}

function converter(convert: (bytes: Uint8Array | null) => ConnectValue) {
  return {
    className: "example.Converter",
    of: {
      toConnectData: (_: string, value: Uint8Array | null) => ({ schema: null, value: convert(value) }),
      fromConnectData: () => null,
    },
  };
}

const asText = (value: Uint8Array | null) => value === null ? null : new TextDecoder().decode(value);

function pipeline(changes: Partial<RecordPipelineOptions> = {}): RecordPipeline {
  return new RecordPipeline({
    key: { ...converter(asText), className: "example.Key" },
    value: { ...converter(asText), className: "example.Value" },
    header: {
      className: "example.Header",
      of: {
        toConnectHeader: (_t, _n, value) => ({ schema: null, value: asText(value) }),
        fromConnectHeader: () => null,
      },
    },
    stages: [],
    recordBytesMax: 10,
    ...changes,
  });
}

/** Where and with what a record failed. */
function failure(of: RecordPipeline, record: ConsumerRecord): string {
  try {
    of.apply(record);
  } catch (error) {
    const { stage, className } = of.failedAt(record, error);
    return `${stage} ${className} ${error instanceof DataException ? error.rule : String(error)}`;
  }
  return "no failure";
}

const refuse = () => {
  throw new DataException("no", { rule: "refused" });
};

Deno.test("a record keeps its coordinates, timestamp and headers", () => {
  const record = pipeline().apply(
    raw({ headers: [{ key: "h", value: bytes("x") }, { key: "n", value: null }] }),
  );
  assert.deepEqual(
    [record?.topic, record?.partition, record?.offset, record?.timestamp, record?.key, record?.value],
    ["events", 2, 7n, 5, "k", "v"],
  );
  assert.deepEqual(record?.headers.map(({ key, value }) => [key, value]), [["h", "x"], ["n", null]]);
  assert.deepEqual(record?.origin, { topic: "events", partition: 2 });
});

Deno.test("a record without a timestamp has none", () => {
  assert.equal(pipeline().apply(raw({ timestamp: -1, timestampType: "NoTimestampType" }))?.timestamp, null);
});

Deno.test("records of one partition share their origin, others have their own", () => {
  const of = pipeline();
  const [first, second, other] = [raw(), raw(), raw({ partition: 3 })].map((record) =>
    of.apply(record)?.origin
  );
  assert.equal(first, second);
  assert.deepEqual(other, { topic: "events", partition: 3 });
});

Deno.test("a failure names the stage and class it came from", () => {
  const headers = [{ key: "h", value: bytes("x") }];
  const header = {
    className: "example.Header",
    of: { toConnectHeader: refuse, fromConnectHeader: () => null },
  };
  const stage = (className: string, apply: (record: ConnectRecord) => ConnectRecord) => ({
    className,
    apply,
  });
  const stages = [stage("example.Fine", (record) => record), stage("example.Bad", refuse)];
  assert.equal(
    failure(pipeline({ key: { ...converter(refuse), className: "K" } }), raw()),
    "KEY_CONVERTER K refused",
  );
  assert.equal(
    failure(pipeline({ value: { ...converter(refuse), className: "V" } }), raw()),
    "VALUE_CONVERTER V refused",
  );
  assert.equal(failure(pipeline({ header }), raw({ headers })), "HEADER_CONVERTER example.Header refused");
  assert.equal(failure(pipeline({ stages }), raw()), "TRANSFORMATION example.Bad refused");
});

Deno.test("a dropped record is null, and later transformations don't see it", () => {
  const stages = [
    { className: "example.Drop", apply: () => null },
    { className: "example.Never", apply: () => assert.fail("seen") },
  ];
  assert.equal(pipeline({ stages }).apply(raw()), null);
});

Deno.test("a record above record.bytes.max is refused before it is converted: key, value and headers count together", () => {
  const never = converter(() => assert.fail("converted"));
  const of = pipeline({ key: never, value: never });
  const text = "VALUE_CONVERTER example.Converter value_too_large";
  assert.equal(failure(of, raw({ value: bytes("12345678901") })), text);
  assert.equal(failure(of, raw({ key: bytes("12345678901"), value: null })), text);
  const headers = [{ key: "abc", value: bytes("1234") }, { key: "n", value: null }];
  assert.equal(failure(of, raw({ key: bytes("1"), value: bytes("12"), headers })), text);
  assert.equal(failure(pipeline(), raw({ key: null, value: bytes("12"), headers })), "no failure");
});

Deno.test("a record with more headers than record.headers.max is refused before it is converted", () => {
  const of = pipeline({ value: converter(() => assert.fail("converted")), recordHeadersMax: 1 });
  const headers = [{ key: "a", value: null }, { key: "b", value: null }];
  assert.equal(failure(of, raw({ headers })), "VALUE_CONVERTER example.Converter too_many_headers");
  assert.equal(failure(pipeline({ recordHeadersMax: 2 }), raw({ headers })), "no failure");
});

Deno.test("a record with more values than record.values.max is refused: those in lists, objects, maps and structs count", () => {
  const list = new Schema("array", { values: Schema.STRING });
  const schema = new Schema("struct", {
    fields: [{ name: "a", schema: Schema.STRING }, { name: "b", schema: list }],
  });
  const five: readonly ConnectValue[] = [
    ["a", [1n, null]],
    { a: 1n, b: { c: "d", e: [] } },
    new Map<ConnectValue, ConnectValue>([["a", 1n], ["b", 2n]]),
    Struct.of(schema, { a: "x", b: ["y", "z"] }),
  ];
  for (const data of five) {
    const value = converter(() => data);
    const text = "VALUE_CONVERTER example.Converter too_many_values";
    assert.equal(failure(pipeline({ value, recordValuesMax: 5 }), raw()), text); // the key is a value, too
    const enough = pipeline({ value, recordValuesMax: 6 });
    assert.equal(failure(enough, raw()), "no failure");
    assert.equal(enough.values, 6);
  }
  const whole = converter(() => new Uint8Array(100));
  assert.equal(failure(pipeline({ value: whole, recordValuesMax: 2 }), raw()), "no failure");
});

Deno.test("a large record's values are counted before it is converted", () => {
  const never = converter(() => assert.fail("converted"));
  const surveyed: string[] = [];
  const valuesIn = (value: Uint8Array) => {
    surveyed.push(asText(value) ?? "");
    return 3;
  };
  const value = { ...never, of: { ...never.of, valuesIn } };
  const of = pipeline({ key: never, value, recordValuesMax: 3 });
  assert.equal(
    failure(of, raw({ value: bytes("long") })),
    "VALUE_CONVERTER example.Converter too_many_values",
  );
  assert.deepEqual(surveyed, ["long"]);
  assert.match(failure(of, raw({ value: bytes("a") })), /converted/, "three bytes can't be four values");
});

const unreadable = (offset: bigint, lastOffset: bigint) =>
  raw({
    ...{ offset, key: null, value: null },
    bad: { error: new DataException("unreadable", { rule: "corrupt_batch" }), lastOffset },
  });

Deno.test("what the consumer couldn't read is refused as it says, and never taken for a tombstone", () => {
  const never = converter(() => assert.fail("converted"));
  const of = pipeline({ key: never, value: never });
  assert.equal(failure(of, unreadable(7n, 9n)), "VALUE_CONVERTER example.Converter corrupt_batch");
});

function intakeOf(errors: RetryWithTolerance, time: FakeClock): TaskIntake {
  const consumer = {
    poll: () => assert.fail("not asked for"),
    seek: () => assert.fail("not asked for"),
    release: () => {},
  };
  const metrics = new TaskMetrics(new MetricsRegistry(), "people", 0);
  const limits = { recordsMax: 100, bytesMax: 1_000 };
  const seen = { seenTopic: () => {}, freeMemory: undefined };
  const offsets = new SinkOffsets();
  return new TaskIntake({
    consumer,
    pipeline: pipeline(),
    columns: undefined,
    errors,
    offsets,
    limits,
    metrics,
    ...seen,
  }, time);
}

for (const tolerance of ["all", "none"] as const) {
  Deno.test(`what the consumer couldn't read of a batch is one bad record with errors.tolerance=${tolerance}`, async () => {
    const time = new FakeClock();
    const reported: string[] = [];
    const errors = new RetryWithTolerance({
      ...{ tolerance, retry: { timeoutMs: 0, delayMsMax: 1 }, random: () => 0, time },
      reporters: [{
        report: ({ record }) =>
          Promise.resolve(void reported.push(`${record.offset} to ${record.bad?.lastOffset}`)),
      }],
      breaker: new ToleranceBreaker(1, time),
      counters: new FakeCounters(),
      signal: new AbortController().signal,
    });
    const intake = intakeOf(errors, time);
    intake.polled(runsOf([raw({ offset: 6n }), unreadable(7n, 9n), raw({ offset: 10n })]));
    await intake.convert();
    const batch = intake.take();
    assert.deepEqual(reported, ["7 to 9"]);
    const written = batch.records.map(({ offset }) => offset);
    if (tolerance === "all") {
      assert.deepEqual([written, batch.next.get(raw())], [[6n, 10n], 11n]);
      intake.polled(runsOf([unreadable(11n, 14n)]));
      await intake.convert();
      assert.equal(intake.take().next.get(raw()), 15n);
    } else {
      assert.deepEqual([written, batch.next.get(raw())], [[6n], 7n]);
      assert.match(
        batch.stops[0]?.error.message ?? "",
        /partition 2, offset 7 to 9, stage VALUE_CONVERTER, rule corrupt/,
      );
    }
  });
}

Deno.test("only null bytes are a tombstone: bytes that read as null are refused", () => {
  const of = pipeline({ value: converter(() => null) });
  assert.equal(failure(of, raw({ value: bytes("") })), "VALUE_CONVERTER example.Converter empty_value");
  assert.equal(failure(of, raw({ value: bytes("null") })), "VALUE_CONVERTER example.Converter empty_value");
  assert.equal(of.apply(raw({ value: null }))?.value, null);
});

Deno.test("a zero-length value that reads as empty text is no tombstone and no error", () => {
  assert.equal(pipeline().apply(raw({ value: bytes("") }))?.value, "");
});

Deno.test("bytes that a converter hands through are copied, so that they outlive the fetched memory", () => {
  const of = pipeline({ key: converter((value) => value), value: converter((value) => value) });
  const record = raw();
  const converted = of.apply(record);
  record.value?.fill(0);
  record.key?.fill(0);
  assert.deepEqual(converted?.value, bytes("v"));
  assert.deepEqual(converted?.key, bytes("k"));
});

const p2 = { topic: "events", partition: 2 };
const p3 = { topic: "events", partition: 3 };

function batchOf(...records: readonly ConsumerRecord[]): TaskBatch {
  const batch = new TaskBatch();
  const of = pipeline();
  for (const record of records) {
    const run = new BatchRun(record, record.offset, batch);
    batch.add(of.apply(record), record);
    run.passed(record, of.values);
    batch.close(run);
  }
  return batch;
}

Deno.test("a batch without a partition has none of its records, offsets, reports and stops", async () => {
  const batch = batchOf(raw({ offset: 1n }), raw({ partition: 3, offset: 5n }), raw({ offset: 2n }));
  batch.reported(p2, Promise.reject(new Error("lost")));
  batch.stop({ at: p2, error: new DataException("no") });
  batch.drop([p2]);
  assert.deepEqual(batch.records.map(({ offset }) => offset), [5n]);
  assert.deepEqual(batch.originals.map(({ offset }) => offset), [5n]);
  assert.deepEqual([...batch.next], [[p3, 6n]]);
  assert.deepEqual(batch.stops, []);
  await batch.reportsDurable();
  batch.drop([p3]);
  assert.equal(batch.isEmpty, true);
});

Deno.test("a batch knows how its records were consumed, also when a sink changed them", () => {
  const batch = batchOf(raw({ offset: 1n, key: bytes("one") }), raw({ offset: 2n, key: bytes("two") }));
  const [, second] = batch.records;
  assert.ok(second !== undefined);
  assert.deepEqual(batch.originalOf(second)?.key, bytes("two"));
  const changed = Object.assign(second.with({ topic: "other" }), { offset: 2n });
  assert.deepEqual(batch.originalOf(changed)?.key, bytes("two"));
});

Deno.test("a batch whose only record stops its partition isn't empty, and knows where to read again", () => {
  const batch = new TaskBatch();
  batch.close(new BatchRun(raw(), 4n, batch));
  batch.stop({ at: p2, error: new DataException("no") });
  assert.equal(batch.isEmpty, false);
  assert.equal(batch.first.get(p2), 4n);
  assert.equal(batch.next.size, 0);
});

Deno.test("a record that failed says whether it deletes, as far as it had come", () => {
  const deletes = (of: RecordPipeline, record: ConsumerRecord): boolean | undefined => {
    assert.throws(() => of.apply(record));
    return of.failedAt(record, new Error("no")).isTombstone;
  };
  const stage = (apply: (record: ConnectRecord) => ConnectRecord) => ({ className: "example.Stage", apply });
  const toTombstone = stage((record) => record.with({ value: null }));
  const toValue = stage((record) => record.with({ value: "deleted" }));
  const refusing = stage(refuse);
  assert.equal(deletes(pipeline({ stages: [refusing] }), raw()), false);
  assert.equal(deletes(pipeline({ stages: [refusing] }), raw({ value: null })), true);
  assert.equal(
    deletes(pipeline({ stages: [toTombstone, refusing] }), raw()),
    true,
    "a change event's deletion",
  );
  assert.equal(deletes(pipeline({ stages: [toValue, refusing] }), raw({ value: null })), false);
  const key = { ...converter(refuse), className: "example.Key" };
  assert.equal(deletes(pipeline({ key }), raw({ value: null })), true);
});
