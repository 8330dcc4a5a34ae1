import assert from "node:assert/strict";
import type { Cluster } from "../../../../connect/kafka/cluster.ts";
import { KafkaCode } from "../../../../connect/kafka/kafka_error.ts";
import { Membership } from "../../../../connect/kafka/membership.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { FakeLogger } from "../../../support/fake_logger.ts";

const answerMs = 50;

/** A coordinator that gives a name at once, as it always does, and never completes a join. */
function coordinator(time: FakeClock, instanceId: string | null) {
  const heard: string[] = [];
  const connection = {
    async request({ name }: { readonly name: string }, { memberId }: { readonly memberId: string }) {
      heard.push(`${name} ${memberId}`);
      await time.sleep(answerMs);
      if (name === "JoinGroup" && memberId === "") {
        return { code: KafkaCode.memberIdRequired, memberId: "member-1" };
      }
      if (name === "JoinGroup") await time.sleep(3_600_000);
      return { code: KafkaCode.none };
    },
  };
  const cluster = { coordinator: () => Promise.resolve(connection), forgetCoordinator: () => {} };
  const membership = new Membership({
    cluster: cluster as unknown as Cluster, // all that a membership asks of it
    time,
    logger: new FakeLogger(),
    settings: {
      groupId: "group",
      instanceId,
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 3_000,
      maxPollIntervalMs: 300_000,
    },
    backoff: { msMin: 100, msMax: 1_000 },
    topics: () => ["events"],
    partitionCounts: () => Promise.resolve(new Map()),
    changed: () => {},
  });
  return { heard, membership };
}

Deno.test("leave() before the coordinator's name has come waits for it, and leaves by it", async () => {
  const time = new FakeClock();
  const { heard, membership } = coordinator(time, null);
  membership.beginJoin();
  await time.run(time.sleep(answerMs / 2));
  await time.run(membership.leave(5_000));
  assert.deepEqual(heard, ["JoinGroup ", "LeaveGroup member-1"]);
});

Deno.test("leave() while a join is held back doesn't wait for it", async () => {
  const time = new FakeClock();
  const { heard, membership } = coordinator(time, null);
  membership.beginJoin();
  await time.run(time.sleep(3 * answerMs));
  await time.run(membership.leave(5_000));
  assert.deepEqual(heard, ["JoinGroup ", "JoinGroup member-1", "LeaveGroup member-1"]);
  assert.equal(time.monotonic(), 4 * answerMs);
});

Deno.test("leave() takes no longer than its timeout, however late the name comes", async () => {
  const time = new FakeClock();
  const { heard, membership } = coordinator(time, null);
  membership.beginJoin();
  await time.run(membership.leave(answerMs + 1));
  assert.deepEqual(heard, ["JoinGroup ", "LeaveGroup member-1"]);
  assert.equal(time.monotonic(), answerMs + 1);
});

Deno.test("leave() of a static member says nothing: it may come back", async () => {
  const time = new FakeClock();
  const { heard, membership } = coordinator(time, "instance-1");
  membership.beginJoin();
  await time.run(time.sleep(answerMs / 2));
  await time.run(membership.leave(5_000));
  assert.deepEqual(heard, ["JoinGroup "]);
  assert.equal(time.monotonic(), answerMs / 2);
});
