import assert from "node:assert/strict";
import { type Check, KitRun } from "./kit_run.ts";

/** Delivers the same records again, together and one by one, to the same task and to a new one. */
export const redelivery: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const records = kit.append(kit.records);
  await kit.open(records);
  for (const record of records) await kit.deliver([record]);
  await kit.expectExample();
  const once = await kit.tables();
  await kit.deliver(records);
  await kit.run.restart(kit.example.variables);
  await kit.open(records);
  await kit.deliver(records);
  assert.deepEqual(await kit.tables(), once, "redelivery must not change the tables");
};

/**
 * A second task takes over the partitions and resumes from an earlier commit. With exactly once the first task still
 * runs and writes: its late writes must not count.
 */
export const rebalance: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const records = kit.append(kit.records);
  const half = Math.ceil(records.length / 2);
  const first = kit.run.task;
  await kit.open(records, first);
  await kit.deliver(records.slice(0, half), first);
  const isExact = kit.run.props["exactly.once.enabled"] === "true";
  if (!isExact) await first.close([]);
  const second = await kit.run.startAnother();
  await kit.open(records, second);
  await kit.deliver(records.slice(half - 1), second);
  const whole = await kit.tables();
  if (isExact) await kit.deliver(records.slice(0, half), first);
  await kit.expectExample();
  assert.deepEqual(await kit.tables(), whole, "a former owner must write nothing");
};

/** The connection breaks before a commit, after a commit whose answer is lost, and between two batches. */
export const outage: Check = async (folder) => {
  await using kit = await KitRun.start(folder);
  const records = kit.append(kit.records);
  const third = Math.ceil(records.length / 3);
  await kit.open(records);
  kit.proxy.loseNextCommit();
  await kit.deliver(records.slice(0, third));
  kit.proxy.loseNextCommitAnswer();
  await kit.deliver(records.slice(third, 2 * third));
  kit.proxy.cut();
  await kit.deliver(records.slice(2 * third));
  await kit.expectExample();
};
