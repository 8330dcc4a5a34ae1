import assert from "node:assert/strict";
import { ConnectException } from "../../../../../connect/api/exceptions.ts";
import type { Cluster } from "../../../../../connect/kafka/wire/cluster.ts";
import { BrokerAwayError, KafkaCode } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { Membership } from "../../../../../connect/kafka/group/membership.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

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
  return { heard, membership: membershipOf(cluster, time, instanceId) };
}

function membershipOf(cluster: object, time: FakeClock, instanceId: string | null): Membership {
  const client = {
    cluster: cluster as Cluster, // all that a membership asks of it
    ...{ time, logger: new FakeLogger(), backoff: { msMin: 100, msMax: 1_000 } },
  };
  const settings = {
    ...{ groupId: "group", instanceId, sessionTimeoutMs: 45_000 },
    ...{ heartbeatIntervalMs: 3_000, maxPollIntervalMs: 300_000 },
  };
  return new Membership(client, settings, {
    topicsToJoin: () => ["events"],
    partitionCounts: () => Promise.resolve(new Map()),
    changed() {},
  });
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

for (
  const [what, described, expected] of [
    [
      "a cluster of Connect workers",
      {
        protocolType: "connect",
        protocol: "sessioned",
        members: [{ clientId: "worker-1", host: "/10.0.0.1" }],
      },
      /the group sessioned of type connect with worker-1 at \/10\.0\.0\.1: it isn't a group of consumers, set consumer\.override\.group\.id to another group$/,
    ],
    [
      "a group whose protocol Kafka doesn't tell",
      {
        protocolType: "consumer",
        protocol: "",
        members: [{ clientId: "c", host: "/h" }, { clientId: "d", host: "/h" }],
      },
      /and the group an unknown one of type consumer with c at \/h, d at \/h: set partition/,
    ],
    [
      "a large group",
      {
        ...{ protocolType: "consumer", protocol: "roundrobin" },
        members: Array.from({ length: 50 }, (_, n) => ({ clientId: `c${n}`, host: "/h" })),
      },
      /with c0 at \/h, .*c4 at \/h and 45 more: set/,
    ],
    [
      "a group that nobody describes",
      undefined,
      /range of type consumer and Kafka doesn't describe the group: set/,
    ],
  ] as const
) {
  Deno.test(`INCONSISTENT_GROUP_PROTOCOL of ${what} says what Kafka tells of it, and what to do`, async () => {
    const time = new FakeClock();
    const connection = {
      request: ({ name }: { readonly name: string }) => {
        if (name === "JoinGroup") return Promise.resolve({ code: KafkaCode.inconsistentGroupProtocol });
        if (described === undefined) return Promise.reject(new BrokerAwayError("no answer"));
        return Promise.resolve({ groups: [{ code: 0, ...described }] });
      },
    };
    const cluster = { coordinator: () => Promise.resolve(connection), forgetCoordinator: () => {} };
    const membership = membershipOf(cluster, time, null);
    membership.beginJoin();
    await time.advance(1_000);
    const { failure } = membership;
    assert.ok(failure instanceof ConnectException);
    assert.equal(failure.rule, "inconsistent_group_protocol");
    assert.match(failure.message, /^Cannot join group group: Kafka answered INCONSISTENT_GROUP_PROTOCOL, /);
    assert.match(failure.message, expected);
  });
}
