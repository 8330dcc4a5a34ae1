/** The program: finds the subcommand, runs it, and turns what went wrong into a sentence and an exit code. @module */

import { ConfigException, ConnectException, safeText } from "../connect/api/exceptions.ts";
import { type Command, helpOf, readArguments } from "./command.ts";
import { commands } from "./commands.ts";
import { crashText, explainCrashes } from "./crash.ts";
import { print, printError } from "./output.ts";
import { giveUpPermissions } from "./least_permissions.ts";
import { exitCode, UsageError } from "./usage_error.ts";
import { versionLine } from "./version.ts";

const program = "sluice";

/** Runs the program with its arguments; the answer is the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = commands.find((known) => known.name === name);
  try {
    if (command !== undefined) return await runCommand(command, rest);
    return runWithout(name);
  } catch (error) {
    return explain(error, command);
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const given = readArguments(command, args);
  if (given.flag("help")) {
    print(helpOf(program, command).split("\n"));
    return exitCode.ok;
  }
  const { run } = await command.load();
  return await run(given);
}

function runWithout(name: string | undefined): number {
  if (name === "--version" || name === "version") {
    print(versionLine(program));
    return exitCode.ok;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    print(overview().split("\n"));
    return exitCode.ok;
  }
  const problem = name === undefined
    ? "Cannot run without a command"
    : `Cannot run "${name}": there is no such command`;
  throw new UsageError(`${problem}; there are ${commands.map((known) => known.name).join(", ")}`);
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${versionLine(program)}: Kafka Connect sink connectors without a JVM`,
    "",
    `${program} COMMAND [options]`,
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `${program} COMMAND --help shows a command's options. Exit codes: 0 done, 1 failed, 2 wrong use or configuration.`,
  ].join("\n");
}

/** A person's mistake gets a sentence; only what nobody expected also says where in the code it happened. */
function explain(error: unknown, command: Command | undefined): number {
  if (error instanceof UsageError) {
    printError([error.message, `Try ${program} ${command === undefined ? "" : `${command.name} `}--help`]);
    return exitCode.usage;
  }
  const isExpected = error instanceof ConfigException || error instanceof ConnectException;
  printError((isExpected ? safeText(error) : crashText(error)).split("\n"));
  return error instanceof ConfigException ? exitCode.usage : exitCode.failed;
}

if (import.meta.main) {
  explainCrashes();
  giveUpPermissions(Deno.args);
  Deno.exit(await main(Deno.args));
}
