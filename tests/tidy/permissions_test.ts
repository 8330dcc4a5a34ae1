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

Deno.test("start reads and connects, writes nothing, and a dry run doesn't even connect", () => {
  const allowed = (name: string) => {
    const command = ofProgram.find(([task]) => task === name)?.[1].command ?? "";
    return command.split(" ").filter((word) => word.startsWith("--allow")).toSorted();
  };
  assert.deepEqual(allowed("start"), ["--allow-env", "--allow-net", "--allow-read", "--allow-sys=hostname"]);
  assert.deepEqual(allowed("dry-run"), ["--allow-env", "--allow-read"]);
});

Deno.test("a task writes files or connects only where its command says that it does", () => {
  for (const { name, writesFiles = false, staysOffline = false } of commands) {
    const words = ofProgram.find(([task]) => task === name)?.[1].command.split(" ") ?? [];
    assert.equal(words.includes("--allow-write"), writesFiles, `${name} and files`);
    assert.equal(words.includes("--allow-net"), !staysOffline, `${name} and the network`);
  }
});
