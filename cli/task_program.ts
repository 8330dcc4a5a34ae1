import { type CommandSpec, helpOf, readArguments, type Run, taskOptions } from "./command.ts";
import { print, printError } from "./output.ts";
import { exitCode, UsageError } from "./usage_error.ts";

/** An error of a task, in one sentence for its user. */
export class TaskError extends Error {
  override readonly name = "TaskError";
}

/**
 * Runs a task of `deno task` that isn't a subcommand, such as `shop` or `ok`. Returns the exit code: 2 for
 * wrong use, 1 if the task failed.
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

/** The sandbox, which the images don't contain, throws such an error if a tool is missing. */
function isExpected(error: unknown): error is Error {
  return error instanceof TaskError || (error instanceof Error && error.name === "MachineLacksError");
}
