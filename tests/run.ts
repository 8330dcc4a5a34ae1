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
import { projectFolder } from "./tidy/source_files.ts";

interface Stage {
  readonly name: string;
  readonly args: readonly string[];
  /** Shows each test as it runs; a gate is shown only where it fails. */
  readonly live?: boolean;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What the failed tests said. */
  readonly report?: string | undefined;
}

/** Of a failed stage's report, for the end of the run. */
const reportCharactersMax = 4_000;

/** A stage that takes longer hangs, and what it said last tells where. */
const stageMsMax = 10 * 60_000;

const devConfig = "--config=sandbox/dev.json";
const sources = ["mod.ts", "cli", "connect", "connectors", "domain", "sandbox", "sinks"].filter(isThere);

const gates: readonly Stage[] = [
  { name: "fmt", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  { name: "check", args: ["check", "--quiet", "--doc", devConfig, ...sources, "tests"] },
  { name: "check by deno.json alone", args: ["check", "--quiet", "mod.ts", "cli/main.ts"] },
  { name: "documentation of what is public", args: ["doc", "--lint", "mod.ts"] },
  { name: "tidy and unit tests", args: testArgs(["--parallel"], ["tests/tidy", "tests/unit"]) },
  { name: "doc tests", args: testArgs(["--doc", "--parallel"], sources) },
];

const further: readonly Stage[] = [
  {
    name: "conformance tests and simulation",
    args: testArgs(["--parallel"], ["tests/conformance", "tests/simulation"]),
    live: true,
  },
];

/** Integration tests wait more than they work, so that two rows of them take little more than half the time. */
const integrationRows = 3;

/**
 * The contract and integration tests, in rows that run side by side. Without --parallel: the files of a row share one
 * Kafka and one PostgreSQL, which the first of them starts.
 */
function integrationStages(): readonly Stage[] {
  const files = ["tests/contract", "tests/integration"].flatMap(testFilesIn);
  return Array.from({ length: integrationRows }, (_, row) => ({
    name: `contract and integration tests, row ${row + 1} of ${integrationRows}`,
    args: testArgs([], files.filter((_, index) => index % integrationRows === row)),
    live: true,
  }));
}

function testFilesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(projectFolder + folder)]
    .map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith("_test.ts"))
    .toSorted();
}

function isThere(path: string): boolean {
  return existsSync(projectFolder + path);
}

function testArgs(options: readonly string[], paths: readonly string[]): readonly string[] {
  return ["test", "-A", "--no-check", devConfig, ...options, ...paths.filter(isThere)];
}

async function run(stage: Stage): Promise<Outcome> {
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...stage.args],
    cwd: projectFolder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), stageMsMax);
  const write = stage.live === true ? wholeLines() : () => {};
  const [output, errors, { success }] = await Promise.all([
    collect(child.stdout, write),
    collect(child.stderr, write),
    child.status,
  ]);
  clearTimeout(late);
  if (!success && stage.live !== true) console.log(output + errors);
  const outcome = outcomeOf(output, success);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${success ? "ok    " : "FAILED"} ${stage.name}: ${outcome.passed} passed, ${seconds} s`);
  return outcome;
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  write: (text: string) => void,
): Promise<string> {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    all += text;
    write(text);
  }
  return all;
}

/** Shows lines once they are whole, as two rows of tests speak at the same time. */
function wholeLines(): (text: string) => void {
  let begun = "";
  return (text) => {
    const lines = (begun + text).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) console.log(line);
  };
}

/** A gate has no count of its own, and neither has a stage that broke down before its tests ran. */
function outcomeOf(output: string, success: boolean): Outcome {
  const [, passed = "0", failed = "0"] = /\| (\d+) passed.* \| (\d+) failed/.exec(output) ?? [];
  const counted = { passed: Number(passed), failed: Number(failed) };
  if (success) return { passed: Math.max(counted.passed, 1), failed: 0 };
  return { passed: counted.passed, failed: Math.max(counted.failed, 1), report: reportOf(output) };
}

/** Where the runtime tells of failed tests, else its last words. */
function reportOf(output: string): string {
  const errors = output.lastIndexOf("\n ERRORS");
  return errors < 0
    ? output.slice(-reportCharactersMax)
    : output.slice(errors).trim().slice(0, reportCharactersMax);
}

const [which = "ok"] = Deno.args;
if (which !== "ok" && which !== "test") {
  console.error(`Cannot run "${which}": it is ok or test`);
  Deno.exit(2);
}
let total: Outcome = { passed: 0, failed: 0 };
const reports: string[] = [];
const add = ({ passed, failed, report }: Outcome) => {
  total = { passed: total.passed + passed, failed: total.failed + failed };
  if (report !== undefined) reports.push(report);
};
// The gates in two rows at a time; what shows itself as it runs comes alone.
const waiting = gates.values();
await Promise.all([1, 2].map(async () => {
  for (const stage of waiting) add(await run(stage));
}));
if (which === "test") {
  for (const stage of further) add(await run(stage));
  await Promise.all(integrationStages().map(async (stage) => add(await run(stage))));
}
for (const report of reports) console.log(`\n${report}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
