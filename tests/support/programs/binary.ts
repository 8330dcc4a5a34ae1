/** The program as one binary, compiled once for a test run. @module */

import { join } from "node:path";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { projectFolder } from "./program.ts";

/** A binary, or why there is none. */
export type BuiltBinary =
  | { readonly path: string; readonly reason?: undefined }
  | { readonly path?: undefined; readonly reason: string };

/** How to compile elsewhere or otherwise. */
interface BuildOptions {
  /** The project, or a folder with the files of it that matter. */
  readonly folder?: string;
  readonly path?: string;
  /** For the shell, instead of what `deno task compile` does; it has to leave the binary at `path`. */
  readonly command?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What the compiler says where it can't fetch the runtime, which is the vendor's and no package. */
const runtimeIsAway = /denort-[^\s]*\.zip\): /;

/**
 * Compiles the project as `deno task compile` does.
 *
 * Deno fetches the runtime that a binary is made of from its vendor. Where the machine can't, DENO_COMPILE and DENORT_BIN
 * name them; a script `../shared/tools/denort` beside the project is asked for both where neither is set.
 *
 * @returns the binary; or the reason there is none, where that runtime alone is missing
 * @throws Error where anything else keeps it from being made
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

/** The path with the running Deno first. */
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
