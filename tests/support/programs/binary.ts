/** The program as one binary, compiled once per test run. @module */

import { join } from "node:path";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { projectFolder } from "./program.ts";

/** A binary, or the reason why it can't be built. */
export type BuiltBinary =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path?: undefined; readonly reason: string };

interface BuildOptions {
  /** The project, or a folder with its relevant files. */
  readonly folder?: string;
  readonly path?: string;
  /** A shell command instead of `deno task compile`; it must write the binary to `path`. */
  readonly command?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The compiler's error if it can't download the runtime, which isn't a package. */
const runtimeIsAway = /denort-[^\s]*\.zip\): /;

/**
 * Compiles the project as `deno task compile` does.
 *
 * Deno downloads a binary's runtime from its vendor. If the machine can't, DENO_COMPILE and DENORT_BIN name compiler
 * and runtime; if neither is set, a script `../shared/tools/denort` beside the project prints both.
 *
 * @returns the binary; or the reason why not, if only the runtime is missing
 * @throws Error for any other failure
 */
export async function compileBinary(options: BuildOptions = {}): Promise<BuiltBinary> {
  const { folder = projectFolder, path = join(folder, "dist", "test", "sluice"), variables = {} } = options;
  const compiler = await compilerVariables();
  const { code, stdout, stderr } = await runOwned("/bin/sh", {
    args: ["-c", options.command ?? 'deno run -A --quiet deploy/compile.ts --output "$1"', "sh", path],
    cwd: folder,
    env: { PATH: pathWithDeno(), ...compiler, ...variables },
  });
  if (code === 0) return { path };
  const said = stdout + stderr;
  const hasOwnCompiler = Object.keys(compiler).length > 0 || Deno.env.get("DENO_COMPILE") !== undefined;
  if (hasOwnCompiler || !runtimeIsAway.test(said)) throw new Error(`Cannot compile the program:\n${said}`);
  return {
    reason: "Cannot make a binary here: Deno could not fetch the runtime that it is made of " +
      "(denort, from Deno's own server); DENO_COMPILE and DENORT_BIN may name a Deno and a runtime to use instead",
  };
}

/** The PATH with the running Deno first. */
export function pathWithDeno(): string {
  return `${join(Deno.execPath(), "..")}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`;
}

async function compilerVariables(): Promise<Readonly<Record<string, string>>> {
  if (Deno.env.get("DENO_COMPILE") !== undefined) return {};
  const script = join(projectFolder, "../shared/tools/denort");
  if (!await Deno.stat(script).then(() => true, () => false)) return {};
  const { stdout, stderr } = await runOwned(script);
  if (stderr !== "") console.error(stderr);
  return Object.fromEntries([...stdout.matchAll(/(\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]));
}
