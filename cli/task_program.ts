/**
 * Runs what `deno task` has besides the program itself: `shop`, `ask`, `compile`, `ok` and the others.
 *
 * @module
 */

import { type CommandSpec, helpOf, readArguments, type Run, taskOptions } from "./command.ts";
import { print, printError } from "./output.ts";
import { exitCode, UsageError } from "./usage_error.ts";

/** What a task of `deno task` could not do, in one sentence for a person. */
export class TaskError extends Error {
  override readonly name = "TaskError";
}

/**
 * Reads the arguments by their declaration and runs the task; `--help` shows it. The answer is the exit code: 2 for
 * wrong use, 1 if the task can't be done.
 *
 * @example
 * ```ts
 * import { runTask } from "./task_program.ts";
 * const spec = { name: "greet", summary: "Says hello", options: [] };
 * if (await runTask(spec, [], () => Promise.resolve(0)) !== 0) throw new Error("it has failed");
 * ```
 */
export async function runTask(spec: CommandSpec, args: readonly string[], run: Run): Promise<number> {
  try {
    const given = readArguments(spec, args, taskOptions);
    if (!given.flag("help")) return await run(given);
    print(helpOf("deno task", spec, taskOptions).split("\n"));
    return exitCode.ok;
  } catch (error) {
    if (error instanceof UsageError) {
      printError([error.message, `Try deno task ${spec.name} --help`]);
      return exitCode.usage;
    }
    if (!isExpected(error)) throw error;
    printError(error.message);
    return exitCode.failed;
  }
}

/** A machine that lacks something says so in the sandbox, which the images' builds don't have. */
function isExpected(error: unknown): error is Error {
  return error instanceof TaskError || (error instanceof Error && error.name === "MachineLacksError");
}
