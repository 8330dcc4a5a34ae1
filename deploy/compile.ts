/**
 * Compiles the program and its connectors into one binary: `deno task compile [--target TARGET]`.
 *
 * It bundles the program first, which saves a third of its memory, into files of its own for code that is loaded
 * when it is used, which saves another 5 MiB. The binary has the permissions of all
 * commands together; each command drops those it doesn't need (`cli/process/least_permissions.ts`). As in
 * `deno task start`, V8 flags keep the heap small: without them it takes 220 MB instead of 120. If Deno can't
 * download them, DENO_COMPILE and DENORT_BIN name the Deno to compile with and the runtime to embed;
 * SLUICE_COMMIT gives the commit if there is no git.
 *
 * @module
 */

import { glob } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import type { Arguments, CommandSpec } from "../cli/command.ts";
import { listConnectorFolders } from "../cli/connector_folders.ts";
import { runTask, TaskError } from "../cli/task_program.ts";
import { UsageError } from "../cli/usage_error.ts";

const projectFolder = fileURLToPath(new URL("../", import.meta.url));
/** As deep as the folders of the sources, which find connectors/ by their own place. */
const bundleFolder = "dist";
const entryFile = `${bundleFolder}/entry.ts`;
const bundleFile = `${bundleFolder}/entry.js`;
/** The compiler recurses deeper than its default stack allows. */
const compilerStackBytes = 32 * 1024 * 1024;
/** The flags of `deno task start`; docs/performance.md explains them. */
const v8Flags = config.tasks.start.command.split(" ").filter((word) => word.startsWith("--v8-flags="));
const targets = { x64: "x86_64-unknown-linux-gnu", arm64: "aarch64-unknown-linux-gnu" } as const;
type Target = keyof typeof targets;

const command: CommandSpec = {
  name: "compile",
  summary: "Compiles the program and its connectors into one binary and writes its checksum beside it",
  options: [
    { name: "target", value: "x64|arm64", help: "Target processor; default: x64" },
    { name: "output", value: "FILE", help: "Output file; default: dist/sluice-linux-TARGET" },
  ],
};

async function main(given: Arguments): Promise<number> {
  const target = targetOf(given.text("target") ?? "x64");
  const output = given.text("output") ?? `dist/sluice-linux-${target}`;
  await Deno.mkdir(`${projectFolder}dist`, { recursive: true });
  await Deno.writeTextFile(projectFolder + entryFile, await entryText());
  await bundle();
  await compile(target, output);
  await writeChecksum(output);
  return 0;
}

function targetOf(name: string): Target {
  if (name === "amd64") return "x64"; // Docker's word
  if (name === "x64" || name === "arm64") return name;
  throw new UsageError(`Cannot compile for --target ${name}: expected x64 or arm64`);
}

/** Returns the program's entry point, which imports the connectors' code so that the bundler finds it. */
async function entryText(): Promise<string> {
  const modules: string[] = [];
  for (const { name, url } of await listConnectorFolders()) {
    const hasCode = await Deno.stat(new URL("mod.ts", url)).then(() => true, () => false);
    if (hasCode) modules.push(`    ${JSON.stringify(name)}: () => import("../connectors/${name}/mod.ts"),`);
  }
  return [
    'import { explainCrashes } from "../cli/process/crash.ts";',
    'import { carry } from "../cli/embedded.ts";',
    'import { giveUpPermissions } from "../cli/process/least_permissions.ts";',
    'import { main } from "../cli/main.ts";',
    "",
    "carry({",
    `  commit: ${JSON.stringify(await commitOf())},`,
    ["  modules: {", ...modules, "  },"].join("\n"),
    "});",
    "explainCrashes();",
    "giveUpPermissions(Deno.args);",
    "Deno.exit(await main(Deno.args));",
    "",
  ].join("\n");
}

async function commitOf(): Promise<string> {
  const given = Deno.env.get("SLUICE_COMMIT");
  if (given !== undefined && given !== "") return given;
  const head = await git("rev-parse", "--short=12", "HEAD");
  return (await git("status", "--porcelain", "--untracked-files=no")) === "" ? head : `${head}-dirty`;
}

async function git(...args: readonly string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("git", { args: ["-C", projectFolder, ...args] })
    .output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new TaskError("Cannot determine the commit: there is no git here, and SLUICE_COMMIT is not set");
}

async function bundle(): Promise<void> {
  for await (const path of glob(`${bundleFolder}/*.js`, { cwd: projectFolder })) {
    await Deno.remove(projectFolder + path); // parts of an earlier bundle
  }
  const into = ["--code-splitting", "--outdir", bundleFolder];
  const args = ["bundle", "--quiet", "--no-check", "--platform=deno", ...into, entryFile];
  await run(Deno.execPath(), args, {});
}

async function compile(target: Target, output: string): Promise<void> {
  const compiler = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();
  const permissions = [...permissionsOf("start"), ...permissionsOf("connect")];
  const args = [
    ...["compile", "--quiet", "--no-config", "--no-check", "--no-remote", "--no-npm"],
    ...new Set(permissions),
    ...v8Flags,
    ...(await dataFiles()).map((path) => `--include=${path}`),
    ...["--target", targets[target], "--output", output, bundleFile],
  ];
  await run(compiler, args, { RUST_MIN_STACK: String(compilerStackBytes) });
}

function permissionsOf(task: "start" | "connect"): readonly string[] {
  return config.tasks[task].command.split(" ").filter((word) => /^--(allow-|no-prompt$)/.test(word));
}

/** Configurations, examples and migrations; the compiler would treat TypeScript as a program of its own. */
async function dataFiles(): Promise<readonly string[]> {
  const all = await Array.fromAsync(glob("connectors/*/**/*.{json,sql}", { cwd: projectFolder }));
  return all.sort();
}

/** In the format of `sha256sum --check`. */
async function writeChecksum(output: string): Promise<void> {
  const path = output.startsWith("/") ? output : projectFolder + output;
  const bytes = await Deno.readFile(path);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await Deno.writeTextFile(`${path}.sha256`, `${hash}  ${basename(path)}\n`);
  console.log(`${path}: ${(bytes.length / 1e6).toFixed(0)} MB, sha256 ${hash}`);
}

async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { code } = await new Deno.Command(program, { args: [...args], cwd: projectFolder, env }).spawn()
    .status;
  if (code === 0) return;
  throw new TaskError(
    `Cannot compile: ${basename(program)} ${
      args[0]
    } ended with ${code}; where it could not fetch its runtime, ` +
      "set DENO_COMPILE and DENORT_BIN to use another Deno and runtime",
  );
}

Deno.exit(await runTask(command, Deno.args, main));
