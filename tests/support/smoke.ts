/** What the program must do wherever it comes from: its sources or one binary. @module */

import assert from "node:assert/strict";
import { compareWhenArrived } from "../../sandbox/demo/demo_summary.ts";
import { openEmbeddedWorld } from "../../sandbox/demo/demo_world.ts";
import { systemTime } from "../../cli/process/system_time.ts";
import { type ProgramOptions, runTask, startTask } from "./program.ts";

/** How the program is started. */
export type Launch = Pick<ProgramOptions, "binary" | "folder">;

const past = { customers: 100, events: 500 };
/** Long enough for two processes to start meanwhile. */
const upgradeSeconds = 8;

/** Telesales end to end on a Kafka and a PostgreSQL of its own, and a graceful end at SIGTERM. */
export async function telesalesEndToEnd(launch: Launch): Promise<void> {
  await using world = await openEmbeddedWorld();
  const variables = {
    BANK2_URL: world.workerUrl,
    TELESALES_KEY_SECRET: world.keySecret,
    CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
  };
  const args = ["--connector", "telesales"];
  const admin = { ...variables, BANK2_ADMIN_URL: world.adminUrl };
  const migrated = await runTask("migrate", { ...launch, args, variables: admin });
  assert.equal(migrated.code, 0, migrated.stderr);
  await world.bank1.fill(past);
  await using producer = await world.startProducer();
  await using program = startTask("start", { ...launch, args, variables });
  await producer.until(world.bank1.lastEventId());
  const { isEqual, rowsEqual, rowsExpected } = await compareWhenArrived(world, systemTime);
  assert.ok(isEqual, `${rowsEqual} of ${rowsExpected} rows are as they must be\n${program.log()}`);
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Sluice has stopped/);
}

/** Two versions are members of one group on one schema; the old one goes, and nothing is lost or out of order. */
export async function rollingUpgrade(before: Launch, after: Launch): Promise<void> {
  await using world = await openEmbeddedWorld();
  const variables = {
    BANK2_URL: world.workerUrl,
    TELESALES_KEY_SECRET: world.keySecret,
    CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
  };
  const args = ["--connector", "telesales"];
  const admin = { ...variables, BANK2_ADMIN_URL: world.adminUrl };
  for (const launch of [before, after]) {
    const migrated = await runTask("migrate", { ...launch, args, variables: admin });
    assert.equal(migrated.code, 0, migrated.stderr);
  }
  await world.bank1.fill(past);
  await using producer = await world.startProducer({ eventsPerSecond: past.events / upgradeSeconds });
  await using old = startTask("start", { ...before, args, variables });
  await producer.until(past.events / 4);
  await using young = startTask("start", { ...after, args, variables });
  await producer.until(past.events / 2);
  old.signal("SIGTERM");
  const { code, stderr } = await old.ended;
  assert.equal(code, 0, stderr);
  await producer.until(world.bank1.lastEventId());
  const { isEqual, rowsEqual, rowsExpected } = await compareWhenArrived(world, systemTime);
  assert.ok(isEqual, `${rowsEqual} of ${rowsExpected} rows are as they must be\n${young.log()}`);
  young.signal("SIGTERM");
  assert.equal((await young.ended).code, 0, young.log());
}

/** One record through the connector, without a Kafka or a database. */
export async function dryRun(launch: Launch): Promise<void> {
  const value = { order_id: 9001, total: 49.7, created_at: "2026-11-23T03:05:27Z", card: { number: "4111" } };
  const { code, stdout, stderr } = await runTask("dry-run", {
    ...launch,
    args: ["--connector", "purchase-totals"],
    input: `${JSON.stringify({ topic: "customers.purchases", key: "17", value })}\n`,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /49\.7/);
  assert.doesNotMatch(stdout, /4111/);
}

/** Exit code 2 and a sentence for a person's mistake, 1 where something doesn't work. */
export async function exitCodes(launch: Launch): Promise<void> {
  const unknown = await runTask("start", { ...launch, args: ["--connector", "nope"] });
  assert.equal(unknown.code, 2, unknown.stderr);
  assert.match(unknown.stderr, /^Cannot use --connector nope: .* has billing, purchase-totals, telesales/);
  const unset = await runTask("start", { ...launch, args: ["--connector", "purchase-totals"] });
  assert.equal(unset.code, 2, unset.stderr);
  assert.match(unset.stderr, /PURCHASE_TOTALS_URL/);
  const nobody = "postgres://a:b@127.0.0.1:1/c";
  const refused = await runTask("migrate", {
    ...launch,
    args: ["--connector", "purchase-totals"],
    variables: { PURCHASE_TOTALS_URL: nobody, PURCHASE_TOTALS_ADMIN_URL: nobody },
  });
  assert.equal(refused.code, 1, refused.stderr);
}
