import assert from "node:assert/strict";
import { openDeadLetterQueue, placeText } from "../../../../cli/deadletters/queue.ts";
import { leftOutLines } from "../../../../cli/deadletters/view.ts";
import { DataException } from "../../../../connect/api/exceptions.ts";
import type { Admin, ConsumerRecord } from "../../../../connect/api/ports.ts";
import { PartitionMap } from "../../../../connect/api/record.ts";
import { safeDeadLetter } from "../../../../connect/errors/dead_letter_form.ts";

const time = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };

function letterRecord(
  offset: number,
  about: { connector: string; place: number; rule: string },
): ConsumerRecord {
  const form = safeDeadLetter({
    topic: "dlq",
    connector: about.connector,
    taskId: 0,
    keyHash: null,
    configHash: "a",
    time,
  });
  const { key, value, headers } = form({
    record: {
      ...{
        topic: "people",
        partition: 0,
        offset: BigInt(about.place),
        timestamp: 1,
        timestampType: "CreateTime",
      },
      ...{ key: null, value: null, headers: [] },
    },
    stage: "TRANSFORMATION",
    className: "C",
    error: new DataException("no", { rule: about.rule }),
  });
  return {
    topic: "dlq",
    partition: 0,
    offset: BigInt(offset),
    timestamp: 1,
    timestampType: "CreateTime",
    key,
    value,
    headers,
  };
}

function admin(topics: readonly string[], end: bigint): Admin {
  return {
    describeTopics: () => Promise.resolve(new Map(topics.map((topic) => [topic, [0]]))),
    logBounds: () =>
      Promise.resolve(new PartitionMap([[{ topic: "dlq", partition: 0 }, { start: 2n, end }]])),
  } as unknown as Admin;
}

Deno.test("the queue has one letter a record, the last, of this connector alone, in the records' order", async () => {
  const log = [
    letterRecord(2, { connector: "c", place: 10, rule: "first" }),
    letterRecord(3, { connector: "c", place: 9, rule: "x" }),
    letterRecord(4, { connector: "c", place: 10, rule: "second" }), // at least once
    letterRecord(5, { connector: "other", place: 1, rule: "x" }),
    { ...letterRecord(6, { connector: "c", place: 1, rule: "x" }), headers: [] },
  ];
  const reads: bigint[] = [];
  const queue = await openDeadLetterQueue({
    topic: "dlq",
    connector: "c",
    admin: admin(["dlq"], 9n),
    reader: {
      read: (_, from) => {
        reads.push(from);
        if (from >= 7n) return Promise.resolve({ records: [], next: 9n, end: 9n }); // markers alone
        const records = log.filter(({ offset }) => offset >= from).slice(0, 3);
        return Promise.resolve({ records, next: (records.at(-1)?.offset ?? 0n) + 1n, end: 9n });
      },
    },
  });
  assert.deepEqual(queue?.letters.map((letter) => [placeText(letter), letter.rule]), [
    ["people-0@9", "x"],
    ["people-0@10", "second"],
  ]);
  assert.equal(queue?.unreadable, 1);
  assert.deepEqual(reads, [2n, 5n, 7n]);
});

Deno.test("a queue whose end isn't committed yet, or that shrinks meanwhile, ends where it ends; without a topic there is none", async () => {
  const source = { topic: "dlq", connector: "c", admin: admin(["dlq"], 9n) };
  const stuck = { read: () => Promise.resolve({ records: [], next: 2n, end: 2n }) };
  assert.deepEqual(await openDeadLetterQueue({ ...source, reader: stuck }), {
    letters: [],
    unreadable: 0,
    leftOut: 0,
  });
  const gone = { read: () => Promise.resolve(null) };
  assert.deepEqual(await openDeadLetterQueue({ ...source, reader: gone }), {
    letters: [],
    unreadable: 0,
    leftOut: 0,
  });
  assert.equal(await openDeadLetterQueue({ ...source, admin: admin([], 0n), reader: gone }), null);
});

Deno.test("of more records than are kept those with the newest letters stay, and the others are counted", async () => {
  const places = [10, 11, 12, 10, 13]; // 10 has two
  const log = places.map((place, index) =>
    letterRecord(2 + index, { connector: "c", place, rule: place === 13 ? "other" : "x" })
  );
  const source = {
    ...{ topic: "dlq", connector: "c", admin: admin(["dlq"], 7n) },
    reader: { read: () => Promise.resolve({ records: log, next: 7n, end: 7n }) },
  };
  const shown = async (more: Readonly<{ rule?: string; lettersMax?: number }>) => {
    const queue = await openDeadLetterQueue({ ...source, ...more });
    return [queue?.letters.map(placeText), queue?.leftOut];
  };
  assert.deepEqual(await shown({ lettersMax: 2 }), [["people-0@10", "people-0@13"], 3]);
  assert.deepEqual(await shown({ lettersMax: 3 }), [["people-0@10", "people-0@12", "people-0@13"], 1]);
  assert.deepEqual(await shown({ lettersMax: 2, rule: "other" }), [["people-0@13"], 0]);
  assert.match(leftOutLines(7).join(), /^ {2}7 older letters were left out/);
  assert.deepEqual(leftOutLines(0), []);
});

Deno.test("of a record whose last letter has another rule nothing is listed", async () => {
  const log = ["x", "y"].map((rule, index) => letterRecord(2 + index, { connector: "c", place: 10, rule }));
  const reader = { read: () => Promise.resolve({ records: log, next: 4n, end: 4n }) };
  const source = { topic: "dlq", connector: "c", admin: admin(["dlq"], 4n), reader };
  assert.deepEqual((await openDeadLetterQueue({ ...source, rule: "x" }))?.letters, []);
});
