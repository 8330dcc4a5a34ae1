/** Operators' mistakes, the program's answers, and the page that lists both. @module */

import { type ProgramResult, type ProgramTask, projectFolder, runProgram, runTask } from "./program.ts";

export interface Mistake {
  /** The arguments of `sluice`, as one would type them. */
  readonly line: string;
  /** The arguments, if blanks don't separate them. */
  readonly words?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A shell command around the program: `"$@" <&-`. */
  readonly shell?: string;
  /** Exit code if it isn't 2. */
  readonly code?: 0 | 1;
}

export interface MistakeKind {
  readonly title: string;
  readonly mistakes: readonly Mistake[];
}

/** Runs the program with a mistake, in a folder of files. */
export async function tryMistake(mistake: Mistake, folder: string): Promise<ProgramResult> {
  const { line, variables = {}, input, shell } = mistake;
  const [name = "", ...args] = mistake.words ?? line.split(" ").filter((word) => word !== "");
  if (!isTask(name)) return await runProgram(...name === "" ? args : [name, ...args]);
  return await runTask(name, {
    args,
    variables,
    folder,
    ...(input === undefined ? {} : { input }),
    ...(shell === undefined ? {} : { launcher: ["/bin/sh", "-c", shell, "sh"] }),
  });
}

const tasks: readonly ProgramTask[] = [
  ...["start", "connect", "validate", "migrate", "dry-run", "new"] as const,
  ...["offsets", "dlq", "subject", "audit", "purge", "health"] as const,
];

function isTask(name: string): name is ProgramTask {
  return tasks.some((task) => task === name);
}

/** What the page shows of it: nothing of this machine, and no time. */
export function transcript(
  mistake: Mistake,
  { code, stdout, stderr }: ProgramResult,
  folder: string,
): string {
  const { line, variables = {}, shell, input } = mistake;
  const set = Object.entries(variables).filter(([name, value]) => usual[name] !== value).map((
    [name, value],
  ) => `${name}=${quoted(value)} `).join("");
  const around = shell === undefined ? "" : `   # ${shell.replace('"$@"', "sluice")}`;
  const piped = input === undefined ? "" : `   # ${quoted(input)} on standard input`;
  const said = stdout.slice(0, outputMax) + stderr;
  const shown = said.replaceAll(folder, "/here").replaceAll(projectFolder, "/sluice/")
    .replaceAll(/"@timestamp":"[^"]*"/g, '"@timestamp":"…"').replace(/^Try sluice.*--help\n/m, "").trimEnd();
  return [
    `$ ${set}sluice ${line}${around}${piped}`.trimEnd(),
    ...shown === "" ? [] : [shown],
    `exit code ${code}`,
  ]
    .join("\n");
}

const outputMax = 300;

/** Valid variables, which aren't shown. */
export const usual: Readonly<Record<string, string>> = {
  TOTALS_URL: "postgres://writer:s3cret@127.0.0.1:1/totals",
  TOTALS_ADMIN_URL: "postgres://owner:s3cret@127.0.0.1:1/totals",
  BANK2_ADMIN_URL: "postgres://owner:s3cret@127.0.0.1:1/bank2",
  TELESALES_KEY_SECRET: "x".repeat(32),
};

function quoted(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Makes the page: each attempt and its answer. */
export function mistakesPage(kinds: readonly (readonly [string, readonly string[]])[]): string {
  return [
    "# Mistakes",
    "What the program answers to mistakes of a person: each was made, and a test makes it again. A mistake gets one\n" +
    "sentence on standard error and exit code 2; exit code 1 is what a person can't mend on the command line, such\n" +
    "as a database that is away. `Try sluice COMMAND --help` follows wrong use and is left out here, and so are\n" +
    "variables that nothing is wrong with.",
    ...kinds.map(([title, transcripts]) => `## ${title}\n\n\`\`\`text\n${transcripts.join("\n\n")}\n\`\`\``),
  ].join("\n\n") + "\n";
}
