/** Programs from PyPI in a virtual environment. @module */

import { join } from "node:path";
import { noProgramCode, type OwnedResult, runOwned } from "../../../sandbox/owned_process.ts";

/** A virtual environment, removed after the test file. */
interface PythonTools {
  /** Runs one of its programs or `python`. Returns the output of both streams. */
  run(
    program: string,
    args: readonly string[],
    variables?: Readonly<Record<string, string>>,
  ): Promise<OwnedResult>;
}

/** Installs packages by name and version. Call it outside of tests, once per file. */
export async function installPythonTools(...packages: readonly string[]): Promise<PythonTools> {
  const folder = await Deno.makeTempDir();
  const inside = (program: string) => join(folder, "bin", program);
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await succeed("python3", ["-m", "venv", folder]);
  await succeed(inside("pip"), ["install", "--quiet", "--disable-pip-version-check", ...packages]);
  return { run: (program, args, variables) => execute(inside(program), args, variables) };
}

async function succeed(program: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await execute(program, args);
  if (code === noProgramCode) {
    throw new Error(`Cannot install the clients: ${program} is needed (Python 3 with venv and pip)`);
  }
  if (code !== 0) {
    throw new Error(`Cannot install the clients: ${program} ended with ${code}: ${stdout}${stderr}`);
  }
}

function execute(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<OwnedResult> {
  return runOwned(program, { args, env: variables });
}
