/** Faults while events arrive, exactly once: in columns, and as objects. */

import assert from "node:assert/strict";
import { allCommitted, deliveredOnce, eventsArrived } from "../../support/delivery/delivery_check.ts";
import { produceEvents, registrations } from "../../support/delivery/delivery_events.ts";
import {
  Fleet,
  holdNetwork,
  lockTable,
  readOnly,
  terminateSessions,
} from "../../support/delivery/delivery_faults.ts";
import {
  arrivedTable,
  insertOnce,
  insertOnceByObjects,
  rowCount,
  startDeliveryWorld,
  until,
} from "../../support/delivery/delivery_world.ts";

const ways = { "in columns": insertOnce, "as objects": insertOnceByObjects } as const;
type Way = keyof typeof ways;

for (const way of ["in columns", "as objects"] as const) {
  Deno.test(`200,000 events arrive once each ${way} through kill -9, join, leave, and restarts of broker and database`, () =>
    throughRestarts(way));
  Deno.test(`events arrive once each ${way} through a frozen worker, a locked table, a read-only database and a network that hangs`, () =>
    throughHangs(way));
}

/** Checks that some batches went in columns, or that none did. */
function assertWay(way: Way, fleet: Fleet): void {
  assert.equal(fleet.members.some((worker) => /"columns":true/.test(worker.log())), way === "in columns");
}

async function throughRestarts(way: Way): Promise<void> {
  await using world = await startDeliveryWorld({ schema: [arrivedTable], settings: ways[way] });
  const fleet = new Fleet(world);
  const count = 200_000;
  const eventOf = registrations("events");
  fleet.join();
  const producing = produceEvents(world.kafka.bootstrap, { eventOf, count });
  const arrived = (rows: number) =>
    until(`${rows} rows`, async () => await rowCount(world, "arrived") >= rows);
  await arrived(20_000);
  await fleet.kill();
  fleet.join();
  await arrived(40_000);
  fleet.join();
  await arrived(60_000);
  world.proxy.loseNextCommitAnswer();
  await arrived(80_000);
  await world.kafka.restart();
  await arrived(110_000);
  await fleet.leave();
  await arrived(130_000);
  await world.postgres.restart();
  await producing;
  await allCommitted(world);
  assert.deepEqual(fleet.surprises, []);
  assert.deepEqual(await deliveredOnce(world), { records: count, rows: count, missing: 0, twice: 0 });
  assert.equal(await eventsArrived(world, count), count);
  assertWay(way, fleet);
}

async function throughHangs(way: Way): Promise<void> {
  await using world = await startDeliveryWorld({ schema: [arrivedTable], settings: ways[way] });
  const fleet = new Fleet(world);
  const count = 40_000;
  fleet.join();
  fleet.join();
  await until("the workers to begin", () => fleet.members.every((worker) => /assigned/.test(worker.log())));
  const producing = produceEvents(world.kafka.bootstrap, {
    eventOf: registrations("events"),
    count,
    eventsPerSecond: 2_500,
  });
  await fleet.freeze(5_500);
  await lockTable(world, "arrived", 3_500);
  world.proxy.loseNextCommit();
  await readOnly(world, 1_500);
  await holdNetwork(world, 3_000);
  await terminateSessions(world);
  await producing;
  await allCommitted(world);
  assert.deepEqual(fleet.surprises, []);
  assert.deepEqual(await deliveredOnce(world), { records: count, rows: count, missing: 0, twice: 0 });
  assertWay(way, fleet);
}
