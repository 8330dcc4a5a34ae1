/** A client closed at a bad moment leaves nothing behind. @module */

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { systemTime } from "../../../cli/process/system_time.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

/** Longer than any wait here: if a member waited for another one's session to end, the test would fail. */
const session = { "session.timeout.ms": "1800000", "max.poll.interval.ms": "1800000" };

Deno.test("a consumer that is closed at any moment of its join leaves nothing that the next one waits for", async () => {
  const kafka = new KafkaFixture(bootstrap);
  const topic = await kafka.topic(1);
  const group = kafka.name("closed");
  for (let pauseMs = 0; pauseMs <= 40; pauseMs++) {
    const member = await kafka.member(group, [topic], session);
    const joining = member.consumer.poll(1_000);
    await systemTime.sleep(pauseMs);
    await member.consumer.close(waitMsMax);
    await joining.catch(() => {}); // it may throw that it is closed
  }
  const last = await kafka.member(group, [topic], session);
  await last.until("its assignment", () => last.events.length > 0);
  assert.deepEqual(last.events, ["assigned 0"]);
  await last.consumer.close(waitMsMax);
  await kafka.close();
});

Deno.test("a connection that is closed holds no socket, also where the broker doesn't see its end", async () => {
  // Like a broker that delays its answer to a join: it doesn't read, so it doesn't close either.
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo; // the type for a TCP server
  const accepted = once(server, "connection") as Promise<[net.Socket]>;
  const kafka = new KafkaFixture(`127.0.0.1:${port}`);
  const member = await kafka.member("closed", ["topic"]);
  const [socket] = await accepted;
  let gone: Error | undefined;
  socket.on("error", (error) => gone ??= error);
  await member.consumer.close(0);
  await pollUntil("the socket to be gone", waitMsMax, () => {
    socket.write("?");
    return gone;
  });
  assert.match(String(gone), /ECONNRESET|EPIPE/);
  await kafka.close();
  server.close();
});
