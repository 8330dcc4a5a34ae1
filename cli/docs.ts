import { fileURLToPath } from "node:url";
import type { CommandSpec } from "./command.ts";
import { configReference, referenceFile } from "./config_reference.ts";
import { print } from "./output.ts";
import { runTask } from "./task_program.ts";

const projectFolder = fileURLToPath(new URL("../", import.meta.url));

export async function formattedReference(): Promise<string> {
  return await formattedMarkdown(await configReference());
}

export async function formattedMarkdown(page: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: projectFolder,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format a page: deno fmt has failed");
  return new TextDecoder().decode(stdout);
}

const command: CommandSpec = {
  name: "docs",
  summary: `Writes ${referenceFile} from the declarations of options and commands`,
  options: [],
};

async function main(): Promise<number> {
  await Deno.writeTextFile(projectFolder + referenceFile, await formattedReference());
  print(`Wrote ${referenceFile}`);
  return 0;
}

if (import.meta.main) Deno.exit(await runTask(command, Deno.args, main));
