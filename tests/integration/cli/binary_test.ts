/** One smoke test for the program from its sources and for the binary, which must run without the sources. */

import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { systemTime } from "../../../cli/process/system_time.ts";
import { compareWhenArrived } from "../../../sandbox/demo/demo_summary.ts";
import { openEmbeddedWorld } from "../../../sandbox/demo/demo_world.ts";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { compileBinary } from "../../support/programs/binary.ts";
import { makeMemoryGroup } from "../../support/programs/memory_group.ts";
import {
  type ProgramOptions,
  projectFolder,
  runBinary,
  runTask,
  startTask,
} from "../../support/programs/program.ts";

/** How the program is started. */
type Launch = Pick<ProgramOptions, "binary" | "folder">;

const past = { customers: 100, events: 500 };
/** Long enough for two processes to start. */
const upgradeSeconds = 8;

/** Telesales end to end on a Kafka and a PostgreSQL of its own, and a graceful stop at SIGTERM. */
async function telesalesEndToEnd(launch: Launch): Promise<void> {
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

/** Two versions are members of one group on one schema. The old one leaves, and nothing is lost or out of order. */
async function rollingUpgrade(before: Launch, after: Launch): Promise<void> {
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
async function dryRun(launch: Launch): Promise<void> {
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

/** Exit code 2 and a sentence for an operator's mistake, 1 for a failure. */
async function exitCodes(launch: Launch): Promise<void> {
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

const versionForm = new RegExp(
  `^sluice ${config.version} \\(commit [0-9a-f]{12}(-dirty)?, Deno [0-9.]+\\)\n$`,
);
const mebibyte = 1024 * 1024;
const memoryMiB = 200;
const built = await compileBinary();
const launches = new Map<string, Launch>([["from its sources", {}]]);
if (built.path === undefined) withoutBinary(built.reason);
else await withBinary(built.path);

Deno.test("telesales runs end to end from its sources, and ends in order", () => telesalesEndToEnd({}));
for (const [how, launch] of launches) {
  Deno.test(`a dry run works ${how}`, () => dryRun(launch));
  Deno.test(`exit codes tell mistakes from failures ${how}`, () => exitCodes(launch));
}

/** Without a binary, tests the bundle and the data that go into it. */
function withoutBinary(reason: string): void {
  console.log(`NOT TRIED: the binary. ${reason}`);
  Deno.test("the bundle that a binary is made of runs; NOT TRIED here: the binary itself", async () => {
    const { code, stdout } = await runOwned(Deno.execPath(), {
      args: ["run", "--no-config", "--cached-only", "dist/entry.js", "--version"],
      cwd: projectFolder,
    });
    assert.equal(code, 0);
    assert.match(stdout, versionForm);
  });
}

async function withBinary(compiled: string): Promise<void> {
  // In another, empty folder: the binary brings its own files.
  const folder = await Deno.makeTempDir({ prefix: "sluice-binary-" });
  const binary = join(folder, "sluice");
  await Deno.copyFile(compiled, binary);
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  launches.set("as a binary", { binary, folder });

  Deno.test("old and new work side by side, and the old one goes", async () => {
    await rollingUpgrade({ binary, folder }, {});
  });

  Deno.test("telesales runs end to end as a binary held to 200 MiB, and ends in order", async () => {
    await using group = await makeMemoryGroup(memoryMiB * mebibyte);
    if (group === undefined) {
      console.log("This user can make no control group: nothing holds the memory down");
    }
    const held = join(folder, "held");
    const [shell = "", option = "", enter = "", processes = ""] = group?.launcher ?? [];
    const launcher = group === undefined ? "" : `${shell} ${option} '${enter}' ${processes} `;
    await Deno.writeTextFile(held, `#!/bin/sh\nexec ${launcher}${binary} "$@"\n`, { mode: 0o755 });
    await telesalesEndToEnd({ binary: held, folder });
    assert.equal((await group?.read())?.killed ?? 0, 0);
  });

  Deno.test("the binary says its version and commit", async () => {
    const { code, stdout } = await runBinary(binary, ["--version"]);
    assert.match(stdout, versionForm);
    assert.equal(code, 0);
  });

  Deno.test("the binary comes with its checksum", async () => {
    const { code } = await runOwned("sha256sum", {
      args: ["--check", "--quiet", `${basename(compiled)}.sha256`],
      cwd: dirname(compiled),
    });
    assert.equal(code, 0);
  });

  Deno.test("the binary starts no programs, and a dry run neither writes files nor connects", async () => {
    const connector = join(folder, "more", "curious");
    await Deno.mkdir(connector, { recursive: true });
    const name = "sluice.curious.Look";
    await Deno.writeTextFile(join(connector, "connector.json"), JSON.stringify(curious(name)));
    await Deno.writeTextFile(join(connector, "mod.js"), lookAround(name));
    const { stderr, stdout } = await runBinary(
      binary,
      ["dry-run", "--config-dir", "more", "--connector", "curious"],
      { folder, input: '{"topic":"t","key":"1","value":{"a":1}}\n' },
    );
    assert.match(stdout, /"run":"prompt".*"write":"prompt".*"net":"prompt"/, stderr);
  });

  Deno.test("the binary makes a connector's folder, which writes files", async () => {
    const { code, stderr } = await runBinary(binary, ["new", "connector", "leads", "--json-only"], {
      folder,
    });
    assert.equal(code, 0, stderr);
    assert.ok((await Deno.stat(join(folder, "connectors", "leads", "connector.json"))).isFile);
  });
}

const curious = (type: string) => ({
  name: "curious",
  config: {
    "connector.class": "PostgresSink",
    topics: "t",
    transforms: "look",
    "transforms.look.type": type,
  },
});

/** A transformation that reports the program's permissions. */
function lookAround(className: string): string {
  return `export const connector = ({ ConfigDef }) => ({
    plugins: [{
      type: "transformation", className: "${className}", version: "1", documentation: "", config: ConfigDef.of({}),
      create: () => ({
        apply: (record) => record.with({
          valueSchema: null,
          value: Object.fromEntries(["run", "write", "net"].map((name) => [name, Deno.permissions.querySync({ name }).state])),
        }),
      }),
    }],
  });`;
}
