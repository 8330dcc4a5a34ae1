/** Flights to servers that answer as PostgreSQL never would: the session is lost, and nothing waits. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  int32,
  message,
  type ServedClient,
  startFakePostgres,
  wish,
} from "../../../../support/fakes/fake_postgres.ts";
import { openSession, sql } from "../../../../support/wire/flights.ts";

const ready = message("Z", "I");
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);

/** The answer to the session's question for its server's facts. */
const facts = [
  message(
    "T",
    int16(3),
    ...["pid", "version", "isReadOnly"].map((name) =>
      Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(23), int16(4), int32(-1), int16(0)])
    ),
  ),
  message("D", int16(3), int32(1), "7", int32(6), "180000", int32(1), "f"),
  message("C", "SELECT 1\0"),
  ready,
];

/** Logs a client in, and answers its flights. */
function startLiar(answer: (client: ServedClient) => Promise<void>): ReturnType<typeof startFakePostgres> {
  return startFakePostgres(async (client) => {
    await client.next(); // the startup message
    await client.send(wish(0), ready);
    for (let next = await client.next(); next !== undefined; next = await client.next()) {
      if (next.type === "Q") await client.send(...facts);
      else if (next.type === "S") await answer(client);
    }
  });
}

const [parsed, bound, done] = [message("1"), message("2"), message("C", "SELECT 1\0")];
const lies: Readonly<Record<string, readonly Uint8Array[]>> = {
  "answers too early": [parsed, done, ready],
  "is ready too early": [parsed, bound, ready],
  "answers twice": [parsed, bound, done, done, ready],
  "answers once more behind its end": [parsed, bound, done, ready, done],
  "sends a malformed row": [parsed, bound, message("D", int16(2), int32(0)), done, ready],
  "sends half a message and hangs up": [parsed, Buffer.from("C")],
  "sends an unknown message": [message("!")],
  "begins a COPY": [parsed, bound, message("G", Buffer.alloc(3))],
  "sends a message of 4 GB": [Buffer.concat([Buffer.from("D"), int32(-16)])],
};

for (const [what, messages] of Object.entries(lies)) {
  Deno.test(`a session is lost if its server ${what}`, async () => {
    let hasHungUp = false;
    await using server = startLiar(async (client) => {
      await client.send(...messages);
      if (what.endsWith("hangs up")) {
        hasHungUp = true;
        throw new Error("the script ends here");
      }
    });
    const session = await openSession(`postgres://u:p@127.0.0.1:${server.port}/d?sslmode=disable`);
    await assert.rejects(session.flight([sql("select 1")]), { name: "NoAnswerError" });
    assert.equal(session.isLost, true);
    await assert.rejects(session.flight([sql("select 1")]), { name: "NoAnswerError" });
    assert.equal(hasHungUp, what.endsWith("hangs up"));
    await session.close();
  });
}

Deno.test("rows without end are cut off", async () => {
  const row = message("D", int16(1), int32(1_000_000), Buffer.alloc(1_000_000));
  await using server = startLiar(async (client) => {
    await client.send(parsed, bound);
    for (let sent = 0; sent < 64; sent++) await client.send(row);
  });
  const session = await openSession(`postgres://u:p@127.0.0.1:${server.port}/d?sslmode=disable`);
  await assert.rejects(session.flight([sql("select 1")]), { name: "NoAnswerError" });
  assert.equal(session.isLost, true);
  await session.close();
});

Deno.test("answers in single bytes are read as those in one piece", async () => {
  await using server = startLiar(async (client) => {
    for (const byte of Buffer.concat([parsed, bound, message("D", int16(1), int32(1), "x"), done, ready])) {
      await client.send(Uint8Array.of(byte));
    }
  });
  const session = await openSession(`postgres://u:p@127.0.0.1:${server.port}/d?sslmode=disable`, {
    prepare: false,
  });
  for (let round = 0; round < 3; round++) {
    const answers = await session.flight([sql("select 1")]);
    assert.deepEqual(answers, [{ command: "SELECT", count: 1, rows: [["x"]] }]);
  }
  await session.close();
});
