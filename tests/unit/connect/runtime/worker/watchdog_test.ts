import assert from "node:assert/strict";
import { Watchdog } from "../../../../../connect/runtime/worker/watchdog.ts";
import type { TaskWaiting } from "../../../../../connect/runtime/task/task_partitions.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";
import { PartitionMap, type TopicPartition } from "../../../../../connect/api/record.ts";

const p0 = { topic: "t", partition: 0 };

/** A consumer at offset 5 of a log, in a group. */
class World {
  readonly clock = new FakeClock();
  readonly logger = new FakeLogger();
  waiting: TaskWaiting | undefined = { sinceMs: 0, partitions: [p0] };
  assignment: readonly TopicPartition[] = [p0];
  end = 9n;
  /** Where an open transaction begins. */
  stableEnd: bigint | undefined;
  isKafkaAway = false;
  members = ["connector-consumer-people-0"];
  asked = 0;
  isStalled: boolean | undefined;
  readonly #over = new AbortController();

  async run(ms: number, stallTimeoutMs = 300_000): Promise<boolean | undefined> {
    const watchdog = new Watchdog({
      consumer: { assignment: () => this.assignment, position: () => 5n },
      admin: {
        logBounds: (_, isolation) => {
          const end = isolation === "read_committed" ? this.stableEnd ?? this.end : this.end;
          return this.#answer(new PartitionMap([[p0, { start: 0n, end }]]));
        },
        groupMembers: () =>
          this.#answer(this.members.map((clientId) => ({ memberId: "m", clientId, host: "h" }))),
      },
      isolation: "read_committed",
      member: { groupId: "connect-people", clientId: "connector-consumer-people-0" },
      stallTimeoutMs,
      waiting: () => this.waiting,
      time: this.clock,
      logger: this.logger,
    });
    void watchdog.stalled(this.#over.signal).then((stalled) => void (this.isStalled = stalled));
    await this.clock.advance(ms);
    const seen = this.isStalled;
    this.#over.abort();
    await this.clock.settle();
    return seen;
  }

  #answer<T>(value: T): Promise<T> {
    this.asked += 1;
    return this.isKafkaAway ? Promise.reject(new Error("away")) : Promise.resolve(value);
  }
}

Deno.test("lag and no progress for task.stall.timeout.ms is a stall", async () => {
  const world = new World();
  assert.equal(await world.run(400_000), true);
  assert.match(
    world.logger.text(),
    /The consumer has stalled: partition t-0 ends at 9, the consumer is at 5/,
  );
});

Deno.test("before that time it isn't", async () => {
  assert.equal(await new World().run(299_000), undefined);
});

Deno.test("progress within that time is no stall", async () => {
  const world = new World();
  world.clock.sleep(200_000).then(() => world.waiting = { sinceMs: 200_000, partitions: [p0] });
  assert.equal(await world.run(450_000), undefined);
});

Deno.test("no lag is no stall, and Kafka is asked only once a timeout", async () => {
  const world = new World();
  world.end = 5n;
  assert.equal(await world.run(3_000_000), undefined);
  assert.ok(world.asked >= 8 && world.asked <= 10, String(world.asked));
});

Deno.test("a task that isn't asking for records cannot stall: its sink is busy, or it's paused", async () => {
  const world = new World();
  world.waiting = undefined;
  assert.equal(await world.run(3_000_000), undefined);
  assert.equal(world.asked, 0);
});

Deno.test("a Kafka that is away is no stall of the consumer", async () => {
  const world = new World();
  world.isKafkaAway = true;
  assert.equal(await world.run(3_000_000), undefined);
});

Deno.test("a member without partitions is fine, one that is not in its group has stalled", async () => {
  const idle = new World();
  idle.assignment = [];
  assert.equal(await idle.run(3_000_000), undefined);
  const gone = new World();
  gone.assignment = [];
  gone.members = ["connector-consumer-people-1"];
  assert.equal(await gone.run(400_000), true);
});

Deno.test("a timeout of 0 switches the watchdog off", async () => {
  const world = new World();
  assert.equal(await world.run(3_000_000, 0), undefined);
  assert.equal(world.asked, 0);
});

Deno.test("what stands behind an open transaction is no stall of a consumer that reads committed records", async () => {
  const world = new World();
  world.stableEnd = 5n;
  assert.equal(await world.run(900_000), undefined);
});
