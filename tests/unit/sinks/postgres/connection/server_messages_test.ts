/** Servers that answer statements with what PostgreSQL would never send. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { NoAnswerError } from "../../../../../sinks/postgres/connection/sqlstate.ts";
import { ServerMessages } from "../../../../../sinks/postgres/connection/server_messages.ts";
import { message } from "../../../../support/fakes/fake_postgres.ts";
import { Random } from "../../../../support/random.ts";

const column = (name: string) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)]);
const count = (number: number) => Buffer.from([number >> 8, number & 255]);
const ready = message("Z", "I");
const answer = [
  ...[
    message("1"),
    message("t", count(1), Buffer.alloc(4)),
    message("T", count(2), column("a"), column("é")),
  ],
  ...[message("2"), message("D", count(0)), message("N", "SNOTICE\0\0"), message("S", "TimeZone\0UTC\0")],
  ...[message("C", "SELECT 1\0"), message("n"), message("K", Buffer.alloc(36)), ready],
];
const taking = (bytes: Buffer) => () => new ServerMessages({ answerBytesMax: 1_000 }).take(bytes);

Deno.test("ServerMessages hands on whole messages, however they are cut", () => {
  const random = new Random(20261130);
  const all = Buffer.concat([...answer, ...answer]);
  for (let round = 0; round < 200; round++) {
    const messages = new ServerMessages({ answerBytesMax: 1_000 });
    const given: Buffer[] = [];
    for (let at = 0; at < all.length;) {
      const chunk = all.subarray(at, at + random.integer(1, round % 2 === 0 ? 4 : 90));
      at += chunk.length;
      const whole = messages.take(chunk);
      if (whole === undefined) continue;
      assert.equal(wholeBytes(whole), whole.length);
      given.push(whole);
    }
    assert.deepEqual(Buffer.concat(given), all);
  }
});

const wrong: Readonly<Record<string, Buffer>> = {
  "a row description with fewer columns than it counts": message("T", count(3), column("a")),
  "a row description whose name has no end": message("T", count(1), "a"),
  "a row description with bytes behind it": message("T", count(1), column("a"), "x"),
  "a row description without a count": message("T"),
  "parameters that aren't there": message("t", count(9), Buffer.alloc(4)),
  "a COPY from the client": message("G", Buffer.alloc(3)),
  "a COPY to the client": message("H", Buffer.alloc(3)),
  "a COPY both ways": message("W", Buffer.alloc(3)),
  "a part of a COPY": message("d", "abc"),
  "the end of a COPY": message("c"),
  "a second login by SCRAM": message("R", Buffer.from([0, 0, 0, 11]), "r=x,s=eA==,i=2000000000"),
  "a wish for the password": message("R", Buffer.from([0, 0, 0, 3])),
  "another version of the protocol": message("v", Buffer.alloc(8)),
  "the answer to a function call": message("V", Buffer.alloc(4)),
  "an unknown type": message("?", "abc"),
  "a message of 4 GB": Buffer.from([0x44, 255, 255, 255, 240]),
  "a message of 33 MiB": Buffer.from([0x44, 2, 16, 0, 0]),
  "a message that is shorter than its length": Buffer.from([0x44, 0, 0, 0, 3]),
  "a ready without a state": message("Z"),
  "a setting without a value": message("S", "name"),
  "settings without end": Buffer.concat(
    Array.from({ length: 101 }, (_, n) => Buffer.concat([message("S", `k${n}\0v\0`), ready])),
  ),
  "notices without end": Buffer.concat(Array.from({ length: 100 }, () => message("N", "SNOTICE\0\0"))),
  "rows without end": Buffer.concat(Array.from({ length: 200 }, () => message("D", count(0)))),
};

for (const [what, bytes] of Object.entries(wrong)) {
  Deno.test(`ServerMessages refuses ${what}`, () => void assert.throws(taking(bytes), NoAnswerError));
}

function wholeBytes(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) at += 1 + bytes.readUInt32BE(at + 1);
  return at;
}
