import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { FlightAnswers } from "../../../../../sinks/postgres/wire/flight_answers.ts";
import { int32, message } from "../../../../support/fakes/fake_postgres.ts";
import { Random } from "../../../../support/random.ts";

const parsed = message("1");
const bound = message("2");
const done = (tag: string) => message("C", `${tag}\0`);
const ready = message("Z", "I");
const row = message("D", Buffer.from([0, 2]), int32(2), "ab", int32(-1));
const notice = message("N", "SNOTICE\0Mwrote Canary Silva\0\0");
const setting = message("S", "application_name\0x\0");
const refused = message("E", "SERROR\0C23505\0Mkey Canary Silva\0WCanary Silva\0npeople_pkey\0\0");
const ignore = () => {};

/** Two statements, of which the first is parsed. */
function twoStatements(closes = 0): FlightAnswers {
  return new FlightAnswers(closes, [true, false], { prepared: ignore, answered: ignore });
}

/** What a flight makes of messages. */
function outcomeOf(messages: readonly Buffer[], flight = twoStatements()): string {
  try {
    const rest = flight.read(Buffer.concat(messages));
    if (rest === undefined) return "unfinished";
    return flight.failure === null ? "done" : `failed at ${flight.failure.statement}`;
  } catch (error) {
    return (error as Error).name;
  }
}

const whole = [parsed, bound, done("INSERT 0 5"), bound, row, done("SELECT 1"), ready];

Deno.test("answers come in the order of the statements, with anything aside between them", () => {
  for (const aside of [notice, setting, message("A", int32(7), "people\0x\0")]) {
    for (let at = 0; at < whole.length; at++) {
      const flight = twoStatements();
      assert.equal(outcomeOf(whole.toSpliced(at, 0, aside), flight), "done");
      assert.deepEqual(flight.answers, [
        { command: "INSERT", count: 5, rows: [] },
        { command: "SELECT", count: 1, rows: [["ab", null]] },
      ]);
    }
  }
});

Deno.test("a flight ends with the server's being ready, and what follows is left for the driver", () => {
  for (let end = 0; end < whole.length; end++) assert.equal(outcomeOf(whole.slice(0, end)), "unfinished");
  const flight = twoStatements();
  assert.equal(
    flight.read(Buffer.concat([...whole, notice, refused]))?.length,
    notice.length + refused.length,
  );
});

Deno.test("a missing, doubled or swapped message is one that PostgreSQL wouldn't send", () => {
  const wrong = "NoAnswerError";
  for (let at = 0; at < whole.length - 1; at++) {
    const isRow = whole[at] === row;
    assert.equal(outcomeOf(whole.toSpliced(at, 1)), isRow ? "done" : wrong, `${at} is missing`);
    const twice = outcomeOf(whole.toSpliced(at, 0, whole[at] as Buffer));
    assert.equal(twice, isRow ? "done" : wrong, `${at} comes twice`);
  }
  for (const type of ["3", "n", "s", "t", "T", "K", "Z", "I", "G", "R"]) {
    assert.equal(outcomeOf([message(type)]), wrong, type);
    assert.equal(outcomeOf([...whole, message(type)]), wrong, `${type} behind the end`);
  }
  assert.equal(outcomeOf([...whole, done("SELECT 1")]), wrong);
});

Deno.test("after an error nothing comes but the server's being ready", () => {
  for (let at = 0; at < whole.length; at++) {
    const index = at < 3 ? 0 : at < 6 ? 1 : 2;
    const failed = [...whole.slice(0, at), refused];
    assert.equal(outcomeOf([...failed, notice, ready]), `failed at ${index}`);
    assert.equal(outcomeOf([...failed, bound, ready]), "NoAnswerError");
    assert.equal(outcomeOf([...failed, refused, ready]), "NoAnswerError");
  }
});

Deno.test("an error keeps names and codes, and no text that may quote a row", () => {
  const flight = twoStatements();
  outcomeOf([refused, ready], flight);
  const { failure } = flight;
  assert.deepEqual({ ...failure }, {
    ...{ name: "ServerError", statement: 0, code: "23505", constraint_name: "people_pkey" },
    where: "the error has a context",
  });
  assert.ok(!`${failure?.message}${failure?.stack}`.includes("Canary"));
});

Deno.test("closed statements are answered first", () => {
  const closed = message("3");
  assert.equal(outcomeOf([closed, closed, ...whole], twoStatements(2)), "done");
  assert.equal(outcomeOf([closed, ...whole], twoStatements(2)), "NoAnswerError");
});

Deno.test("malformed rows, tags and errors are ones that PostgreSQL wouldn't send", () => {
  const start = [parsed, bound];
  const malformed = [
    message("D"),
    message("D", Buffer.from([0])),
    message("D", Buffer.from([0, 1])),
    message("D", Buffer.from([0, 1]), int32(-2)),
    message("D", Buffer.from([0, 1]), int32(3), "ab"),
    message("D", Buffer.from([0, 1]), int32(2), "abc"),
    message("D", Buffer.from([255, 255]), int32(0)),
    message("C"),
    message("C", "INSERT 0 5"),
    message("C", "\0"),
    message("C", "INSERT five\0"),
    message("E"),
    message("E", "\0"),
    message("E", "SERROR\0"),
    message("E", "SERROR\0\0"),
    message("E", "C2350\0\0"),
    message("E", "C23505"),
    message("E", "C23505\0\0x"),
  ];
  for (const bytes of malformed) {
    assert.equal(outcomeOf([...start, bytes]), "NoAnswerError", bytes.toString("hex"));
  }
});

Deno.test("whatever bytes a server sends within its messages, the flight ends or the answer is refused", () => {
  const random = new Random(17);
  for (let round = 0; round < 3_000; round++) {
    const messages = Array.from({ length: 6 }, () => Buffer.from(random.pick([...whole, refused, notice])));
    const changed = random.pick(messages);
    if (changed.length > 5) changed[random.integer(5, changed.length - 1)] = random.integer(0, 255);
    assert.match(outcomeOf(messages), /^(unfinished|done|NoAnswerError|failed at \d)$/);
  }
});
