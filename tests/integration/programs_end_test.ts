/** Whatever ends a test, or the run of all tests, ends the programs that it has started. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { childrenOf, isThere, killIfThere } from "../../sandbox/processes.ts";
import { pollUntil, waitMsMax } from "../../sandbox/wait.ts";
import { browserPath } from "../support/browser.ts";
import { projectFolder } from "../support/program.ts";

const config = ["--config", join(projectFolder, "sandbox/dev.json")];
const testFile = join(projectFolder, "tests/support/started_programs.ts");
const testArgs = ["test", "-A", "--no-check", ...config];

async function descendantsOf(pid: number): Promise<readonly number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

/** Starts the program, lets it start others, kills it, and waits until all are gone. */
async function killedWithAll(args: readonly string[]): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  }).spawn();
  let said = "";
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) said += text;
  })();
  let started: readonly number[] = [];
  try {
    const [, postgres, worker] = await pollUntil(
      "all programs to run",
      waitMsMax,
      () => /all run: postgres (\d+), worker (\d+)/.exec(said) ?? undefined,
    );
    started = await descendantsOf(child.pid);
    for (const pid of [postgres, worker]) assert.ok(started.includes(Number(pid)), `${pid} is among them`);
    const commands = started.map(commandOf);
    const expected = ["java", "up.ts", "bash", "sleep", ...(browserPath() === undefined ? [] : ["chromium"])];
    for (const name of expected) {
      assert.ok(commands.some((command) => command.includes(name)), `${name} runs`);
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
  await reading;
  try {
    await pollUntil("the end of all", waitMsMax, () => started.some(isThere) ? undefined : true);
  } finally {
    const left = started.filter(isThere);
    left.forEach(killIfThere);
    assert.deepEqual(left.map(commandOf), []);
  }
}

function commandOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
  } catch {
    return ""; // it ended meanwhile
  }
}

Deno.test("kill -9 of a test ends the programs it had started", () => killedWithAll([...testArgs, testFile]));
