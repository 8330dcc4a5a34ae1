import { ConfigException, ConnectException, JavaException, safeText } from "../connect/api/exceptions.ts";
import { type Command, commonOptions, helpOf, readArguments } from "./command.ts";
import { commands } from "./commands.ts";
import { crashText, explainCrashes } from "./process/crash.ts";
import { print, printError } from "./output.ts";
import { didYouMean } from "./commands/nearest_word.ts";
import { giveUpPermissions } from "./process/least_permissions.ts";
import { exitCode, UsageError } from "./usage_error.ts";
import { versionLine } from "./version.ts";

const program = "sluice";

/** Runs a subcommand and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = commands.find((known) => known.name === name);
  try {
    if (command !== undefined) return await runCommand(command, rest);
    return runWithout(name, rest);
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

function runWithout(name: string | undefined, rest: readonly string[]): number {
  if (name === "--version" || name === "version") {
    print(versionLine(program));
    return exitCode.ok;
  }
  const names = commands.map((known) => known.name);
  if (name === "--help" || name === "-h" || name === "help") {
    const [wanted] = rest;
    const command = commands.find((known) => known.name === wanted);
    if (wanted !== undefined && command === undefined) throw unknownCommand(wanted, names);
    print((command === undefined ? overview() : helpOf(program, command)).split("\n"));
    return exitCode.ok;
  }
  if (name !== undefined) throw unknownCommand(name, names);
  throw new UsageError(`Cannot run without a command; there are ${names.join(", ")}`);
}

function unknownCommand(name: string, names: readonly string[]): UsageError {
  const all = `there are ${names.join(", ")}`;
  const isKnownOption = commonOptions.concat(commands.flatMap(({ options }) => options))
    .some((option) => `--${option.name}` === name.replace(/=.*$/s, ""));
  if (isKnownOption) {
    return new UsageError(`Cannot run "${name}": the command comes before its options; ${all}`);
  }
  const meant = didYouMean(name, [...names, "--version", "--help"]);
  return new UsageError(`Cannot run "${name}": there is no such command; ${all}${meant}`);
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

/** Prints one sentence for known errors, and also the place in the code for others. */
function explain(error: unknown, command: Command | undefined): number {
  if (error instanceof UsageError) {
    printError([error.message, `Try ${program} ${command === undefined ? "" : `${command.name} `}--help`]);
    return exitCode.usage;
  }
  // Connect wraps a transformation's invalid option, with a Java class in front of the sentence.
  const known = error instanceof ConnectException && error.cause instanceof ConfigException
    ? error.cause
    : error;
  const isExpected = known instanceof JavaException;
  printError((isExpected ? safeText(known) : crashText(known)).split("\n"));
  return known instanceof ConfigException ? exitCode.usage : exitCode.failed;
}

if (import.meta.main) {
  explainCrashes();
  giveUpPermissions(Deno.args);
  Deno.exit(await main(Deno.args));
}
