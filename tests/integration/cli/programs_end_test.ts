/** However a test or the run of all tests ends, the programs that it has started end too. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { childrenOf, isThere, killIfThere } from "../../../sandbox/processes.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { browserPath } from "../../support/rest/browser.ts";
import { projectFolder } from "../../support/programs/program.ts";
import { runStage } from "../../support/programs/stage.ts";

const config = ["--config", join(projectFolder, "sandbox/dev.json")];
const testFile = join(projectFolder, "tests/support/programs/started_programs.ts");
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
    return ""; // it has ended
  }
}

Deno.test("kill -9 of a test ends the programs it had started", () => killedWithAll([...testArgs, testFile]));

Deno.test("kill -9 of the run of all tests ends its stages and their programs", async () => {
  const stage = { name: "stage", args: [...testArgs, testFile], msMax: 2 * waitMsMax, live: true };
  const runner = await Deno.makeTempFile({ suffix: ".ts" });
  const module = JSON.stringify(new URL("../../support/programs/stage.ts", import.meta.url).href);
  await Deno.writeTextFile(
    runner,
    `import { runStage } from ${module}; await runStage(${JSON.stringify(stage)});`,
  );
  await killedWithAll(["run", "-A", "--no-check", ...config, runner]);
  await Deno.remove(runner);
});

Deno.test("a stage in which no test finishes is ended and fails, and what finished before is counted", async () => {
  const folder = await Deno.makeTempDir();
  const pidFile = join(folder, "pid");
  const hanging = join(folder, "hanging_test.ts");
  await Deno.writeTextFile(
    hanging,
    `import { runOwned } from ${
      JSON.stringify(new URL("../../../sandbox/owned_process.ts", import.meta.url).href)
    };
    Deno.test("passes", () => {});
    Deno.test("hangs", async () => {
      await runOwned("/bin/sh", { args: ["-c", 'echo $$ >"$1"; exec sleep 3600', "sh", ${
      JSON.stringify(pidFile)
    }] });
    });`,
  );
  const stage = { name: "stage", args: [...testArgs, hanging], msMax: 15_000 };
  const { passed, failed, report = "" } = await runStage(stage, () => {});
  assert.equal(failed, 1);
  // A machine too slow to write it within 15 s is killed earlier.
  const [file] = await Promise.allSettled([Deno.readTextFile(pidFile)]);
  if (file.status === "fulfilled") {
    assert.equal(passed, 1);
    assert.match(report, /^Ended "stage": no test finished within 15 s; its last words:\n[^]*hangs \.\.\.$/);
    await pollUntil("the program's end", waitMsMax, () => isThere(Number(file.value)) ? undefined : true);
  }
  await Deno.remove(folder, { recursive: true });
});
