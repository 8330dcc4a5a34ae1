/**
 * Runs the gates and the tests, one stage after the other, and adds up what they found.
 *
 *     deno run -A tests/run.ts ok      what has to be green before a review, in seconds
 *     deno run -A tests/run.ts test    everything
 *
 * The last line says `N passed, N failed`; a gate counts as one.
 *
 * @module
 */

import { existsSync } from "node:fs";
import type { CommandSpec } from "../cli/command.ts";
import { runTask } from "../cli/task_program.ts";
import { type Outcome, runStage, type Stage } from "./support/programs/stage.ts";
import { projectFolder } from "./tidy/source_files.ts";

/** Longest time in which no test finishes, on a busy machine too: a single wait gives up earlier and tells why. */
const testMsMax = 15 * 60_000;

/** A gate says nothing before its end; the first check on a machine fetches packages, too. */
const gateMsMax = 30 * 60_000;

const devConfig = "--config=sandbox/dev.json";
const sources = ["mod.ts", "cli", "connect", "connectors", "domain", "sandbox", "sinks", "testing"].filter(
  isThere,
);

const gates: readonly Stage[] = [
  gate("fmt", "fmt", "--check", "--quiet"),
  gate("lint", "lint", "--quiet"),
  gate("check", "check", "--quiet", "--doc", devConfig, ...sources, "tests"),
  gate("check by deno.json alone", "check", "--quiet", "mod.ts", "cli/main.ts"),
  gate("documentation of what is public", "doc", "--lint", "mod.ts"),
  tests("tidy and unit tests", ["tests/tidy", "tests/unit"], "--parallel"),
  tests("doc tests", sources, "--doc", "--parallel"),
];

const further: readonly Stage[] = [
  shown(tests("conformance tests and simulation", ["tests/conformance", "tests/simulation"], "--parallel")),
];

/** Integration tests wait more than they work, so that two rows of them take little more than half the time. */
const integrationRows = 3;

/**
 * The contract and integration tests, in rows that run side by side. Without --parallel: the files of a row share one
 * Kafka and one PostgreSQL, which the first of them starts.
 */
function integrationStages(): readonly Stage[] {
  const files = ["tests/contract", "tests/integration"].flatMap(testFilesIn);
  return Array.from({ length: integrationRows }, (_, row) => {
    const name = `contract and integration tests, row ${row + 1} of ${integrationRows}`;
    return shown(tests(name, files.filter((_, index) => index % integrationRows === row)));
  });
}

function testFilesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(projectFolder + folder)]
    .map(({ name, isDirectory }) => ({ path: `${folder}/${name}`, isDirectory }))
    .flatMap(({ path, isDirectory }) =>
      isDirectory ? testFilesIn(path) : path.endsWith("_test.ts") ? [path] : []
    )
    .toSorted();
}

function isThere(path: string): boolean {
  return existsSync(projectFolder + path);
}

function gate(name: string, ...args: readonly string[]): Stage {
  return { name, args, msMax: gateMsMax };
}

function tests(name: string, paths: readonly string[], ...options: readonly string[]): Stage {
  const args = ["test", "-A", "--no-check", devConfig, ...options, ...paths.filter(isThere)];
  return { name, args, msMax: testMsMax };
}

function shown(stage: Stage): Stage {
  return { ...stage, live: true };
}

const commands: Readonly<Record<string, CommandSpec>> = {
  ok: {
    name: "ok",
    summary: "Runs fmt, lint, check, tidy, unit and doc tests; required before a review",
    options: [],
  },
  test: {
    name: "test",
    summary: "Runs all tests with their own Kafka and PostgreSQL; downloads these first",
    options: [],
  },
};

async function runAll(withIntegration: boolean): Promise<number> {
  let total: Outcome = { passed: 0, failed: 0 };
  const reports: string[] = [];
  const add = ({ passed, failed, report }: Outcome) => {
    total = { passed: total.passed + passed, failed: total.failed + failed };
    if (report !== undefined) reports.push(report);
  };
  // The gates in two rows at a time; what shows itself as it runs comes alone.
  const waiting = gates.values();
  await Promise.all([1, 2].map(async () => {
    for (const stage of waiting) add(await runStage(stage));
  }));
  if (withIntegration) {
    for (const stage of further) add(await runStage(stage));
    await Promise.all(integrationStages().map(async (stage) => add(await runStage(stage))));
  }
  for (const report of reports) console.log(`\n${report}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

const [which = "ok", ...args] = Deno.args;
const command = commands[which];
if (command === undefined) {
  console.error(`Cannot run "${which}": it is ok or test`);
  Deno.exit(2);
}
Deno.exit(await runTask(command, args, () => runAll(which === "test")));
