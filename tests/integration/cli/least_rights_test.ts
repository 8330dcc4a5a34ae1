/** The permissions of code inside the program while a command runs, from its sources and in the binary. */

import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { runOwned } from "../../../sandbox/owned_process.ts";
import { compileBinary } from "../../support/programs/binary.ts";
import { addressOf, endOf, requestsTo } from "../../support/rest/connect_program.ts";
import { canary, type Done, nothing, writeCuriousConnector } from "../../support/programs/look_around.ts";
import { type ProgramOptions, projectFolder, runTask, startTask } from "../../support/programs/program.ts";
import { freshBank2 } from "../../support/delivery/telesales.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();
const folder = await Deno.makeTempDir({ prefix: "sluice-rights-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await writeCuriousConnector(folder);
const built = await compileBinary();
if (built.path === undefined) console.log(`NOT TRIED: the binary. ${built.reason}`);
const launches: readonly (readonly [string, ProgramOptions])[] = [
  ["from its sources", {}],
  ...(built.path === undefined ? [] : [["as a binary", { binary: built.path, folder }] as const]),
];
const more = ["--config-dir", folder];
const variables = { [canary]: "not for you", CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
const plugins = "/connector-plugins?connectorsOnly=false";

for (const [how, launch] of launches) {
  const options = { ...launch, variables: { ...variables, CONNECT_LISTENERS: "http://127.0.0.1:0" } };

  Deno.test(`start ${how} reads and connects, and can do nothing else`, async () => {
    const args = [...more, "--connector", "curious", "--rest"];
    await using program = startTask("start", { ...options, args });
    assert.deepEqual(await saidOverRest(program), { ...nothing, read: true, net: true });
  });

  Deno.test(`connect ${how} writes too`, async () => {
    await using program = startTask("connect", { ...options, args: more });
    assert.deepEqual(await saidOverRest(program), { ...nothing, read: true, net: true, write: true });
  });

  Deno.test(`dry-run ${how} can do nothing once its records are open`, async () => {
    const args = [...more, "--connector", "curious"];
    const input = '{"topic":"t","key":"1","value":{"a":1}}\n';
    const { stdout, stderr } = await runTask("dry-run", { ...options, args, input });
    assert.deepEqual(JSON.parse(stdout).record.value.payload, nothing, stdout + stderr);
  });

  Deno.test(`validate --offline ${how} connects to nothing`, async () => {
    const args = [...more, "--connector", "curious", "--offline"];
    const { stderr } = await runTask("validate", { ...options, args });
    const said = /^LOADED (.*)$/m.exec(stderr)?.[1];
    assert.ok(said !== undefined, stderr);
    assert.deepEqual(JSON.parse(said), { ...nothing, read: true, host: true });
  });
}

Deno.test("health can do nothing but ask once it has read its settings", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ status: "healthy" }),
  );
  const port = String(server.addr.port);
  const left = await leftAfter("health", [], { ...variables, CONNECT_HEALTH_PORT: port });
  assert.deepEqual(left, { ...nothing, net: true });
});

Deno.test("audit and subject can do nothing but use the session that is open", async () => {
  await using bank2 = await freshBank2();
  const named = { ...variables, BANK2_ADMIN_URL: bank2.adminUrl, TELESALES_KEY_SECRET: "k".repeat(40) };
  assert.deepEqual(await leftAfter("audit", ["--connector", "telesales"], named), nothing);
  const args = ["show", "--connector", "telesales", "--id", "1"];
  assert.deepEqual(await leftAfter("subject", args, named), nothing);
  for (const [how, launch] of launches) {
    for (const [task, words] of [["audit", args.slice(1, 3)], ["subject", args]] as const) {
      const { code, stderr } = await runTask(task, { ...launch, args: words, variables: named });
      assert.equal(code, 0, `${task} ${how}: ${stderr}`);
    }
  }
});

/** Reads the plugin's version over REST. */
async function saidOverRest(program: ReturnType<typeof startTask>): Promise<Done> {
  const { ask, askUntil } = requestsTo(await addressOf(program, "The control API listens"));
  await askUntil("/", ({ status }) => status === 200);
  const { body, text } = await ask("GET", plugins);
  assert.ok(Array.isArray(body), text);
  const { version } = body.find((plugin) => plugin.class === "sluice.curious.Look") ?? {};
  program.signal("SIGTERM");
  await endOf(program);
  return JSON.parse(version);
}

/** The permissions that a process still has when the command has done its work. */
async function leftAfter(
  task: "health" | "audit" | "subject",
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Done> {
  const options = config.tasks[task].command.split(" ").slice(1, -2);
  const script = join(projectFolder, "tests/support/programs/command_then_look.ts");
  const { code, stdout, stderr } = await runOwned(Deno.execPath(), {
    args: [...options, script, task, ...args],
    cwd: projectFolder,
    env,
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

Deno.test("variables that no setting and no reference needs are forgotten", async () => {
  const environment = new URL("../../../cli/process/environment.ts", import.meta.url).href;
  const { code, stdout, stderr } = await runOwned(Deno.execPath(), {
    args: ["eval", "--no-config", forgetting(environment)],
    cwd: projectFolder,
    env: { CONNECT_GROUP_ID: "1", BANK2_URL: "2", ALLOWED: "3", [canary]: "4" },
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { before: "4", after: ["1", "2", "3", null] });
});

const forgetting = (environment: string) => `
import { forgetOtherVariables, takeEnvironment, variable, variables } from "${environment}";
takeEnvironment();
const before = variables().${canary};
variable("BANK2_URL");
forgetOtherVariables(["ALLOWED"]);
const left = variables();
const after = ["CONNECT_GROUP_ID", "BANK2_URL", "ALLOWED", "${canary}"].map((name) => left[name] ?? null);
console.log(JSON.stringify({ before, after }));
`;
