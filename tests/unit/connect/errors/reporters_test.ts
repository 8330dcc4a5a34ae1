import assert from "node:assert/strict";
import { ConnectException, DataException, RetriableException } from "../../../../connect/api/exceptions.ts";
import { KeyedHash } from "../../../../connect/api/keyed_hash.ts";
import type { ProducerRecord } from "../../../../connect/api/ports.ts";
import { ConnectRecord, type SinkRecord } from "../../../../connect/api/record.ts";
import { rawDeadLetter, safeDeadLetter } from "../../../../connect/errors/dead_letter_form.ts";
import {
  DeadLetterQueueReporter,
  deadLetterRetryMsMax,
  ensureDeadLetterTopic,
} from "../../../../connect/errors/dead_letter_queue_reporter.ts";
import { safeTrace } from "../../../../connect/errors/java_trace.ts";
import { LogReporter } from "../../../../connect/errors/log_reporter.ts";
import { PendingReports } from "../../../../connect/errors/pending_reports.ts";
import { RetryWithTolerance } from "../../../../connect/errors/retry_with_tolerance.ts";
import { ToleranceBreaker } from "../../../../connect/errors/tolerance_breaker.ts";
import { WorkerErrantRecordReporter } from "../../../../connect/errors/worker_errant_record_reporter.ts";
import { FakeClock } from "../../../support/fakes/fake_clock.ts";
import { FakeKafka, kafkaIsAway } from "../../../support/fakes/fake_kafka.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";
import { canary, consumed, failed, FakeCounters } from "./failed.ts";

const text = (bytes: Uint8Array | null | undefined) => bytes == null ? null : new TextDecoder().decode(bytes);
const headerNames = (letter: ProducerRecord) => letter.headers.map(({ key }) => key);
const headersOf = (letter: ProducerRecord) =>
  Object.fromEntries(letter.headers.map(({ key, value }) => [key, text(value)]));

Deno.test("the log line is Connect's, with the coordinates where errors.log.include.messages asks for them", () => {
  const logger = new FakeLogger();
  const options = { connector: "or-d2", taskId: 0, counters: new FakeCounters(), logger };
  void new LogReporter({ ...options, includeMessages: true }).report(failed());
  void new LogReporter({ ...options, includeMessages: false }).report(failed());
  const start =
    "Error encountered in task or-d2-0. Executing stage 'TRANSFORMATION' with class 'org.apache.kafka.connect.transforms.Cast$Value'";
  assert.deepEqual(logger.lines.map(({ message }) => message), [
    `${start}, where consumed record is {topic='or-db', partition=0, offset=0, timestamp=1700000000123, timestampType=CreateTime}.`,
    `${start}.`,
  ]);
  const fields = logger.lines.map(({ fields: { topic, partition, offset, stage } }) => ({
    ...{ topic, partition, offset, stage },
  }));
  const place = { topic: "or-db", partition: 0, offset: 0n, stage: "TRANSFORMATION" };
  assert.deepEqual(fields, [place, place], "a machine can search for the record either way");
  assert.ok(!logger.text().includes(canary));
});

Deno.test("a dead letter holds coordinates and rules, and no value of the record", () => {
  const clock = new FakeClock();
  const form = safeDeadLetter({
    topic: "people.dlq",
    connector: "people",
    taskId: 1,
    keyHash: null,
    configHash: "c0ffee",
    time: clock,
  });
  const record = consumed({
    offset: 9_007_199_254_740_993n,
    headers: [{ key: "h", value: new Uint8Array([1]) }],
  });
  const letter = form(failed({ record }));
  assert.equal(letter.key, null);
  assert.match(text(letter.value) ?? "", /"offset":9007199254740993,/);
  assert.deepEqual({ ...JSON.parse(text(letter.value) ?? ""), offset: 0 }, {
    connector: "people",
    topic: "or-db",
    partition: 0,
    offset: 0,
    timestamp: 1_700_000_000_123,
    stage: "TRANSFORMATION",
    reason: "Value was out of range for requested data type",
    rule: "out_of_range",
    field: "id",
    config_hash: "c0ffee",
    time: "2026-01-01T00:00:00.000Z",
  });
  assert.deepEqual(headersOf(letter), {
    "__connect.errors.topic": "or-db",
    "__connect.errors.partition": "0",
    "__connect.errors.offset": "9007199254740993",
    "__connect.errors.connector.name": "people",
    "__connect.errors.task.id": "1",
    "__connect.errors.stage": "TRANSFORMATION",
    "__connect.errors.class.name": "org.apache.kafka.connect.transforms.Cast$Value",
    "__connect.errors.exception.class.name": "org.apache.kafka.connect.errors.DataException",
  });
});

Deno.test("a dead letter of records that couldn't be read names the first and the last, in either form", () => {
  const error = new DataException("unreadable", { rule: "corrupt_batch" });
  const of = (offset: bigint, lastOffset: bigint) =>
    failed({ error, record: consumed({ offset, key: null, value: null, bad: { error, lastOffset } }) });
  const origin = { topic: "people.dlq", connector: "people", taskId: 1 };
  const safe = safeDeadLetter({ ...origin, keyHash: null, configHash: "c0ffee", time: new FakeClock() });
  const { offset, last_offset, rule } = JSON.parse(text(safe(of(5n, 9n)).value) ?? "");
  assert.deepEqual([offset, last_offset, rule], [5, 9, "corrupt_batch"]);
  assert.equal(headersOf(safe(of(5n, 9n)))["__connect.errors.offset.last"], "9");
  assert.equal("last_offset" in JSON.parse(text(safe(of(5n, 5n)).value) ?? ""), false);
  const raw = rawDeadLetter({ ...origin, contextHeaders: false })(of(5n, 9n));
  const { "__connect.errors.offset": first, "__connect.errors.offset.last": last } = headersOf(raw);
  assert.deepEqual([raw.value, first, last], [null, "5", "9"]);
});

Deno.test("no bytes of a record are in its dead letter, whatever threw", () => {
  const form = safeDeadLetter({
    topic: "dlq",
    connector: "people",
    taskId: 0,
    keyHash: null,
    configHash: "",
    time: new FakeClock(),
  });
  for (const error of [new Error(canary), new TypeError(canary), canary, failed().error]) {
    const letter = form(failed({ error }));
    assert.ok(!(text(letter.value) + JSON.stringify(headersOf(letter))).includes(canary));
  }
});

Deno.test("with a secret the key is named by its keyed hash, as contacts are", () => {
  const hash = new KeyedHash("0123456789abcdef0123456789abcdef", "secret");
  const form = safeDeadLetter({
    topic: "dlq",
    connector: "people",
    taskId: 0,
    keyHash: hash,
    configHash: "",
    time: new FakeClock(),
  });
  const expected = [...hash.of("v1:17")].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.equal(JSON.parse(text(form(failed()).value) ?? "").key_hash, expected);
  assert.ok(!("key_hash" in JSON.parse(text(form(failed({ record: consumed({ key: null }) })).value) ?? "")));
});

Deno.test("the raw form is Connect's: original bytes, headers and timestamp first, then the context headers in order", () => {
  const original = [{ key: "app-header", value: new Uint8Array([1]) }, { key: "null-header", value: null }];
  const form = rawDeadLetter({ topic: "or-dlq-b", connector: "or-d2", taskId: 0, contextHeaders: true });
  const record = consumed({ headers: original });
  const letter = form(failed({ record }));
  assert.deepEqual(letter.key, record.key);
  assert.deepEqual(letter.value, record.value);
  assert.equal(letter.timestamp, 1_700_000_000_123);
  assert.deepEqual(letter.headers.slice(0, 2), original);
  assert.deepEqual(headerNames(letter).slice(2).map((name) => name.replace("__connect.errors.", "")), [
    "topic",
    "partition",
    "offset",
    "connector.name",
    "task.id",
    "stage",
    "class.name",
    "exception.class.name",
    "exception.message",
    "exception.stacktrace",
  ]);
  const headers = headersOf(letter);
  assert.equal(
    headers["__connect.errors.exception.message"],
    `Value (${canary}) was out of range for requested data type`,
  );
  assert.match(
    headers["__connect.errors.exception.stacktrace"] ?? "",
    /^org\.apache\.kafka\.connect\.errors\.DataException: Value \(/,
  );
});

Deno.test("the raw form outlives the record's memory, which the consumer uses again", () => {
  const value = new Uint8Array([1, 2]);
  const header = { key: "h", value: new Uint8Array([3]) };
  const form = rawDeadLetter({ topic: "dlq", connector: "or-d2", taskId: 0, contextHeaders: false });
  const letter = form(failed({ record: consumed({ key: value, value, headers: [header] }) }));
  value.fill(9);
  header.value.fill(9);
  assert.deepEqual([letter.key, letter.value], [new Uint8Array([1, 2]), new Uint8Array([1, 2])]);
  assert.deepEqual(letter.headers[0]?.value, new Uint8Array([3]));
});

Deno.test("without errors.deadletterqueue.context.headers.enable the raw form has the original headers only", () => {
  const form = rawDeadLetter({ topic: "dlq", connector: "or-d2", taskId: 0, contextHeaders: false });
  const letter = form(failed({ record: consumed({ timestamp: -1 }) }));
  assert.deepEqual(letter.headers, []);
  assert.ok(!("timestamp" in letter));
});

Deno.test("a trace shows classes, safe texts and causes in Java's form", () => {
  const cause = new Error(`row (${canary})\n    at ${canary}:1:1`);
  const trace = safeTrace(new ConnectException("Cannot write", { cause }));
  assert.match(trace, /^org\.apache\.kafka\.connect\.errors\.ConnectException: Cannot write\n\tat /);
  assert.match(trace, /\nCaused by: java\.lang\.RuntimeException: Unexpected Error\n\tat /);
  assert.ok(!trace.includes(canary));
});

function queue(
  changes: { send?: (records: readonly ProducerRecord[]) => Promise<void>; signal?: AbortSignal } = {},
) {
  const clock = new FakeClock();
  const counters = new FakeCounters();
  const sent: (readonly ProducerRecord[])[] = [];
  const send = changes.send ?? (() => clock.sleep(10));
  const reporter = new DeadLetterQueueReporter({
    topic: "dlq",
    producer: {
      send: async (records) => {
        await send(records);
        sent.push(records);
      },
      close: () => Promise.resolve(),
    },
    form: (record) => ({
      topic: "dlq",
      key: null,
      value: new TextEncoder().encode(String(record.record.offset)),
      headers: [],
    }),
    counters,
    time: clock,
    logger: new FakeLogger(),
    signal: changes.signal ?? new AbortController().signal,
  });
  const report = (offset: number) =>
    reporter.report(failed({ record: consumed({ offset: BigInt(offset) }) }));
  return { clock, counters, sent, report };
}

Deno.test("reports that come together share a request, in their order", async () => {
  const { clock, sent, report } = queue();
  await clock.run(Promise.all([report(1), report(2), report(3)]));
  assert.deepEqual(sent.map((records) => records.map(({ value }) => text(value))), [["1", "2", "3"]]);
});

Deno.test("a request carries at most 500 reports", async () => {
  const { clock, sent, report } = queue();
  await clock.run(Promise.all(Array.from({ length: 1_200 }, (_, index) => report(index))));
  assert.deepEqual(sent.map(({ length }) => length), [500, 500, 200]);
});

Deno.test("a Kafka that is away is waited for, and no report gets lost", async () => {
  let isAway = true;
  const { clock, counters, report } = queue({
    send: () => isAway ? Promise.reject(kafkaIsAway()) : Promise.resolve(),
  });
  let isDurable = false;
  const durable = report(1).then(() => void (isDurable = true));
  await clock.advance(60_000);
  assert.equal(isDurable, false);
  isAway = false;
  await clock.run(durable);
  assert.ok(counters.words.length > 5);
  assert.ok(!counters.words.includes("lost 1"));
});

Deno.test("a Kafka that stays away fails the report within its bound", async () => {
  const { clock, counters, report } = queue({ send: () => Promise.reject(kafkaIsAway()) });
  await assert.rejects(clock.run(report(1)), /Cannot write to the dead letter queue dlq/);
  assert.ok(clock.monotonic() <= deadLetterRetryMsMax);
  assert.ok(clock.monotonic() > deadLetterRetryMsMax - 10_000);
  assert.equal(counters.words.at(-1), "lost 1");
});

Deno.test("what no waiting mends fails the report at once, and later reports still go", async () => {
  let isTooLarge = true;
  const { clock, report, sent } = queue({
    send: () =>
      isTooLarge ? Promise.reject(new ConnectException("The message is too large")) : Promise.resolve(),
  });
  await assert.rejects(clock.run(report(1)), /dead letter queue/);
  assert.ok(clock.monotonic() < 100);
  isTooLarge = false;
  await clock.run(report(2));
  assert.equal(sent.length, 1);
});

Deno.test("a letter that is too large says which limits to raise, and what makes letters small", async () => {
  const tooLarge = new ConnectException("Cannot write to dlq-0: Kafka answered MESSAGE_TOO_LARGE", {
    rule: "record_too_large",
  });
  const { clock, report } = queue({ send: () => Promise.reject(tooLarge) });
  await assert.rejects(clock.run(report(1)), (error: unknown) => {
    assert.ok(error instanceof ConnectException);
    assert.equal(error.rule, "record_too_large");
    assert.match(
      error.message,
      /^Cannot write to the dead letter queue dlq: .*: Cannot write to dlq-0: Kafka answered MESSAGE_TOO_LARGE; /,
    );
    const limits = ["max.message.bytes", "producer.override.max.request.size", "record.bytes.max"];
    for (const option of [...limits, "errors.deadletterqueue.raw.enable=false"]) {
      assert.ok(error.message.includes(option), option);
    }
    return true;
  });
  assert.ok(clock.monotonic() < 100, "no waiting mends it");
});

Deno.test("a forced stop ends the wait for the queue", async () => {
  const forced = new AbortController();
  const { clock, report } = queue({ send: () => Promise.reject(kafkaIsAway()), signal: forced.signal });
  const durable = report(1).then(() => "durable", () => "lost");
  await clock.advance(5_000);
  forced.abort();
  assert.equal(await clock.run(durable), "lost");
  assert.ok(clock.monotonic() < 6_000);
});

Deno.test("the queue's topic is made with one partition, and a Kafka that is away is waited for", async () => {
  const clock = new FakeClock();
  const kafka = new FakeKafka(clock);
  let waits = 0;
  kafka.createTopicFault = () => {
    if (waits < 2) throw kafkaIsAway();
  };
  const wait = {
    time: clock,
    logger: new FakeLogger(),
    signal: new AbortController().signal,
    waits: () => waits++,
  };
  await clock.run(ensureDeadLetterTopic(kafka.admin(), "dlq", -1, wait));
  assert.deepEqual(kafka.createdTopics, [{ topic: "dlq", partitions: 1, replicationFactor: -1 }]);
});

Deno.test("a queue's topic that is there is left alone, since making one takes a right of its own", async () => {
  const clock = new FakeClock();
  const kafka = new FakeKafka(clock);
  kafka.createPartitions("dlq", 3);
  kafka.createTopicFault = () => {
    throw new ConnectException("Cannot create topic dlq: Kafka answered TOPIC_AUTHORIZATION_FAILED");
  };
  const wait = {
    time: clock,
    logger: new FakeLogger(),
    signal: new AbortController().signal,
    waits: () => {},
  };
  await clock.run(ensureDeadLetterTopic(kafka.admin(), "dlq", -1, wait));
  assert.deepEqual(kafka.createdTopics, []);
});

Deno.test("a stop ends the wait for the queue's topic at once", async () => {
  const clock = new FakeClock();
  const kafka = new FakeKafka(clock);
  kafka.createTopicMs = 60_000;
  const stopping = new AbortController();
  const wait = { time: clock, logger: new FakeLogger(), signal: stopping.signal, waits: () => {} };
  const made = ensureDeadLetterTopic(kafka.admin(), "dlq", -1, wait);
  const stop = clock.sleep(10).then(() => stopping.abort());
  await clock.run(Promise.all([made, stop]));
  assert.ok(clock.monotonic() < kafka.createTopicMs);
});

Deno.test("a topic that cannot be made fails the task with Connect's text", async () => {
  const clock = new FakeClock();
  const kafka = new FakeKafka(clock);
  kafka.createTopicFault = () => {
    throw new ConnectException("Replication factor: 3 larger than available brokers: 1");
  };
  const wait = {
    time: clock,
    logger: new FakeLogger(),
    signal: new AbortController().signal,
    waits: () => {},
  };
  const made = ensureDeadLetterTopic(kafka.admin(), "dlq", 3, wait);
  await assert.rejects(clock.run(made), /Could not initialize dead letter queue with topic=dlq/);
});

Deno.test("durable() waits for what was tracked, and fails for ever after a lost report", async () => {
  const reports = new PendingReports();
  const slow = Promise.withResolvers<void>();
  void reports.track({ origin: { topic: "t", partition: 0 }, offset: 5n }, slow.promise);
  let isDurable = false;
  const durable = reports.durable().then(() => void (isDurable = true), () => "lost");
  await Promise.resolve();
  assert.equal(isDurable, false);
  slow.reject(new Error("lost"));
  assert.equal(await durable, "lost");
  await assert.rejects(reports.durable());
  assert.equal(reports.isEmpty, true);
});

Deno.test("a report that the sink drops on the floor is no unhandled rejection", async () => {
  const reports = new PendingReports();
  void reports.track({ origin: { topic: "t", partition: 0 }, offset: 5n }, Promise.reject(new Error("lost")));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.throws(() => reports.throwIfFailed(), /lost/);
});

function errantReporter(tolerance: "none" | "all") {
  const clock = new FakeClock();
  const told: string[] = [];
  const pending = new PendingReports();
  const errors = new RetryWithTolerance({
    tolerance,
    retry: { timeoutMs: 0, delayMsMax: 1 },
    reporters: [{
      report: ({ record, stage, className }) => {
        told.push(
          `${stage} ${className} ${record.topic}-${record.partition}@${record.offset} ${text(record.key)}`,
        );
        return Promise.resolve();
      },
    }],
    breaker: new ToleranceBreaker(1, clock),
    counters: new FakeCounters(),
    time: clock,
    random: () => 0,
    signal: new AbortController().signal,
  });
  const originals = new Map<SinkRecord, ReturnType<typeof consumed>>();
  const reporter = new WorkerErrantRecordReporter({
    errors,
    pending,
    originalOf: (record) => originals.get(record),
  });
  return { reporter, pending, told, originals };
}

const record = ConnectRecord.of({ topic: "or-db", partition: 3, offset: 7n, value: "x" })
  .with({ topic: "renamed" }) as SinkRecord;

Deno.test("a sink's report names the record as it was consumed, and Connect's base class", async () => {
  const { reporter, told, originals } = errantReporter("all");
  originals.set(record, consumed({ offset: 7n }));
  await reporter.report(record, new DataException("no", { rule: "no" }));
  assert.deepEqual(told, ["TASK_PUT org.apache.kafka.connect.sink.SinkTask or-db-0@7 17"]);
});

Deno.test("a record that the sink kept beyond its batch is reported by its coordinates", async () => {
  const { reporter, told } = errantReporter("all");
  await reporter.report(record, new DataException("no"));
  assert.deepEqual(told, ["TASK_PUT org.apache.kafka.connect.sink.SinkTask or-db-3@7 null"]);
});

Deno.test("with errors.tolerance=none a sink's report rejects with what stops the task, and nothing passes the record", async () => {
  const { reporter, pending } = errantReporter("none");
  await assert.rejects(reporter.report(record, new RetriableException("no")), /Tolerance exceeded/);
  assert.throws(() => pending.throwIfFailed(), /offset 7, stage TASK_PUT/);
});
