/** The program asks for what it needs and no more. */

import assert from "node:assert/strict";
import { commands } from "../../cli/commands.ts";
import { projectFolder } from "./source_files.ts";

const tasks = Object.entries(
  JSON.parse(await Deno.readTextFile(`${projectFolder}deno.json`)).tasks as Record<
    string,
    { command: string }
  >,
);
const ofProgram = tasks.filter(([, { command }]) => command.includes("cli/main.ts"));

Deno.test("no task of the program may do everything, run other programs or load native code", () => {
  assert.ok(ofProgram.length > 3, "there are such tasks");
  for (const [name, { command }] of ofProgram) {
    const options = command.split(" ").filter((word) => word.startsWith("-"));
    const tooMuch = options.filter((option) =>
      /^(-A|-[a-z]*A|--allow-(all|run|ffi|import|scripts)|--allow-sys$|--unstable)/.test(option)
    );
    assert.deepEqual(tooMuch, [], name);
  }
});

Deno.test("a task may do what its command's rights say and no more, and never prompts", () => {
  for (const { name, rights } of commands) {
    const command = ofProgram.find(([task]) => task === name)?.[1].command ?? "";
    const given = command.split(" ").filter((word) =>
      /^(-[^-]|--(allow|deny|ignore|no-prompt|permission))/.test(word)
    );
    const expected = rights.map((right) => right === "sys" ? "--allow-sys=hostname" : `--allow-${right}`);
    assert.deepEqual(given.toSorted(), [...expected, "--no-prompt"].toSorted(), name);
  }
});

Deno.test("docs/security.md says what each command may do", async () => {
  const page = await Deno.readTextFile(`${projectFolder}docs/security.md`);
  const rows = page.split("\n").filter((line) => line.startsWith("| `")).map((line) =>
    line.split("|").map((cell) => cell.trim())
  );
  for (const { name, rights } of commands) {
    const row = rows.find(([, names = ""]) => names.split(", ").includes(`\`${name}\``));
    assert.deepEqual(row?.[2]?.split(", "), [...rights], name);
  }
});
