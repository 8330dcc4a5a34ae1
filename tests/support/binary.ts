/** The program as one binary, compiled once for a test run. @module */

import { join } from "node:path";
import { projectFolder } from "./program.ts";

/**
 * Compiles the project, or a folder with the files of it that matter, as `deno task compile` does.
 *
 * Deno fetches the runtime that a binary is made of from its vendor. Where the machine can't, DENO_COMPILE and DENORT_BIN
 * name them; a script `../shared/tools/denort` beside the project is asked for both where neither is set.
 *
 * @returns path of the binary
 */
export async function compileBinary(folder: string = projectFolder, output?: string): Promise<string> {
  const binary = output ?? join(folder, "dist", "test", "sluice");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "deploy/compile.ts", "--output", binary],
    cwd: folder,
    env: await compilerVariables(),
    stdin: "null",
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  if (!success) throw new Error(`Cannot compile the program:\n${said}`);
  return binary;
}

async function compilerVariables(): Promise<Readonly<Record<string, string>>> {
  if (Deno.env.get("DENO_COMPILE") !== undefined) return {};
  const script = join(projectFolder, "../shared/tools/denort");
  if (!await Deno.stat(script).then(() => true, () => false)) return {};
  const { stdout } = await new Deno.Command(script, { stdin: "null", stderr: "inherit" }).output();
  const said = new TextDecoder().decode(stdout);
  return Object.fromEntries([...said.matchAll(/(\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]));
}
