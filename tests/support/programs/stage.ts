/** A command of the test run: its output, its number of tests, and its end if it hangs. @module */

import { startOwned } from "../../../sandbox/owned_process.ts";
import { projectFolder } from "../../tidy/source_files.ts";

/** A check, or tests. */
export interface Stage {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** It hangs if no test finishes for this long; without tests, if it runs for this long. */
  readonly msMax: number;
  /** Prints each test as it runs; absent = prints only on failure. */
  readonly live?: boolean;
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Output of the failed tests. */
  readonly report?: string | undefined;
}

/** Length of a failed stage's report at the end of the run. */
const reportCharactersMax = 4_000;

/** Runs the stage. If it hangs or this process ends, the stage and the programs of its tests are ended. */
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

/** Watches the lines of a test run. */
interface TestWatch {
  saw(line: string): void;
  stop(): void;
  /** Tests that have passed so far. */
  readonly passed: number;
}

/**
 * Calls `hangs` if no test or step has finished for this long. Other output doesn't count: a test may print for ever.
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
      // A slow test's verdict is on a line of its own, after the notice that it is slow.
      const parts = line.startsWith(" ok (") || line.startsWith(" FAILED (")
        ? ["", line.slice(1)]
        : line.split(" ... ");
      if (!/^(ok|FAILED|ignored) \(.+\)$/.test(parts.at(-1) ?? "")) return;
      // A step is indented, or follows its test's name.
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

/** Passes on whole lines: parallel runs print at the same time. */
function wholeLines(write: (line: string) => void): (text: string) => void {
  let begun = "";
  return (text) => {
    const lines = (begun + text).split("\n");
    begun = lines.pop() ?? "";
    for (const line of lines) write(line);
  };
}

/** A check has no count of its own, nor has a stage that failed before its tests ran. */
function outcomeOf(output: string, success: boolean): Outcome {
  const [, passed = "0", failed = "0"] = /\| (\d+) passed.* \| (\d+) failed/.exec(output) ?? [];
  const counted = { passed: Number(passed), failed: Number(failed) };
  if (success) return { passed: Math.max(counted.passed, 1), failed: 0 };
  return { passed: counted.passed, failed: Math.max(counted.failed, 1), report: reportOf(output) };
}

/** The runtime's list of failed tests, or else its last output. */
function reportOf(output: string): string {
  const errors = output.lastIndexOf("\n ERRORS");
  return errors < 0
    ? output.slice(-reportCharactersMax)
    : output.slice(errors).trim().slice(0, reportCharactersMax);
}
