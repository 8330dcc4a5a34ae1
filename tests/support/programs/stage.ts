/** A command of the test run: its output, its count of tests, and its end where it hangs. @module */

import { startOwned } from "../../../sandbox/owned_process.ts";
import { projectFolder } from "../../tidy/source_files.ts";

/** A gate, or tests. */
export interface Stage {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** It hangs if no test finishes for so long; the whole of it may take so long if it has no tests. */
  readonly msMax: number;
  /** Shows each test as it runs; a gate is shown only where it fails. */
  readonly live?: boolean;
}

/** What a stage found. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What the failed tests said. */
  readonly report?: string | undefined;
}

/** Of a failed stage's report, for the end of the run. */
const reportCharactersMax = 4_000;

/** Runs it. If it hangs or this process ends, it ends, and so do the programs that its tests have started. */
export async function runStage(stage: Stage, say: (line: string) => void = console.log): Promise<Outcome> {
  const started = performance.now();
  const child = startOwned(Deno.execPath(), { args: stage.args, cwd: projectFolder, env: { NO_COLOR: "1" } });
  const ending: Promise<void>[] = [];
  const watch = watchTests(stage.msMax, () => ending.push(child.end()));
  const show = stage.live === true ? wholeLines(say) : () => {};
  const look = wholeLines(watch.saw);
  const [output, errors, { success }] = await Promise.all([
    collect(child.stdout, (text) => {
      show(text);
      look(text);
    }),
    collect(child.stderr, show),
    child.status,
  ]);
  watch.stop();
  await Promise.all(ending);
  if (!success && stage.live !== true) say(output + errors);
  const outcome = ending.length === 0 ? outcomeOf(output, success) : {
    passed: watch.passed,
    failed: 1,
    report: `${hungText(stage)}:\n${output.slice(-reportCharactersMax)}`,
  };
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${success ? "ok    " : "FAILED"} ${stage.name}: ${outcome.passed} passed, ${seconds} s`);
  return outcome;
}

function hungText({ name, msMax }: Stage): string {
  return `Ended "${name}": no test finished within ${msMax / 1_000} s; its last words`;
}

/** Looks at the lines of a test run. */
interface TestWatch {
  saw(line: string): void;
  stop(): void;
  /** Tests that have passed so far. */
  readonly passed: number;
}

/**
 * Calls `hangs` when no test or step has finished for so long. What a test prints doesn't count: it may print for ever.
 *
 * @example
 * ```ts
 * import { watchTests } from "./stage.ts";
 * const watch = watchTests(60_000, () => console.log("it hangs"));
 * watch.saw("commit() waits for the dead letter queue ... ok (12ms)");
 * watch.stop();
 * if (watch.passed !== 1) throw new Error("one test has passed");
 * ```
 */
export function watchTests(msMax: number, hangs: () => void): TestWatch {
  let timer = setTimeout(hangs, msMax);
  let passed = 0;
  return {
    get passed() {
      return passed;
    },
    saw: (line) => {
      // The verdict of a slow test has a line of its own: it was said in between that the test is slow.
      const parts = line.startsWith(" ok (") || line.startsWith(" FAILED (")
        ? ["", line.slice(1)]
        : line.split(" ... ");
      if (!/^(ok|FAILED|ignored) \(.+\)$/.test(parts.at(-1) ?? "")) return;
      // A step is indented, or comes behind the name of its test.
      if (parts.length === 2 && !parts[0]?.startsWith(" ") && parts[1]?.startsWith("ok")) passed++;
      clearTimeout(timer);
      timer = setTimeout(hangs, msMax);
    },
    stop: () => clearTimeout(timer),
  };
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

/** Gives lines on once they are whole: rows of tests speak at the same time. */
function wholeLines(write: (line: string) => void): (text: string) => void {
  let begun = "";
  return (text) => {
    const lines = (begun + text).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) write(line);
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
