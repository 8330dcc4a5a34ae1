/** The files that belong to the project, as git sees them: known ones and new ones, not the ignored. @module */

import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at its end. */
export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** Paths relative to the project, in order. */
export async function sourceFiles(): Promise<readonly string[]> {
  const { code, stdout } = await new Deno.Command("git", {
    args: ["-C", projectFolder, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    stdout: "piped",
  }).output();
  if (code !== 0) throw new Error(`Cannot list the project's files: git ended with ${code}`);
  const paths = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
  const there = await Promise.all(
    paths.map((path) => Deno.stat(projectFolder + path).then(() => true, () => false)),
  );
  return paths.filter((_, index) => there[index]).sort();
}

/** Text of a file. */
export async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(projectFolder + path);
}

/** Whether it is TypeScript of ours. */
export function isSource(path: string): boolean {
  return path.endsWith(".ts");
}
