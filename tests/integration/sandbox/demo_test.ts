import assert from "node:assert/strict";
import { systemTime } from "../../../cli/process/system_time.ts";
import { childrenOf, isThere } from "../../../sandbox/processes.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { type RunningProgram, runTask, startTask } from "../../support/programs/program.ts";

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = systemTime.monotonic() + waitMsMax;
  while (!holds()) {
    if (systemTime.monotonic() > deadline) throw new Error(`Cannot go on: ${what} did not happen`);
    await systemTime.sleep(50);
  }
}

const shows = (demo: RunningProgram, text: RegExp) => until(String(text), () => text.test(demo.output()));

Deno.test("the demo shows events becoming rows and ends with Bank 2 equal to Bank 1, whatever the environment names", async () => {
  const { code, stdout, stderr } = await runTask("demo", {
    args: ["--seconds", "3", "--rate", "100"],
    variables: {
      CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      BANK2_URL: "postgres://u:p@127.0.0.1:1/b",
      BANK2_ADMIN_URL: "x",
    },
  });
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^\d+ s: [\d,]+ events\/s in, [\d,]+ rows in Bank 2, event to row /m);
  assert.match(stdout, /0 missing, 0 too many, none different\.\n$/);
});

Deno.test("Ctrl-C ends the demo in order, with its summary and without leaving anything behind", async () => {
  await using demo = startTask("demo");
  await shows(demo, /^2 s: /m);
  const children = await childrenOf(demo.pid);
  assert(children.length > 0);
  demo.signal("SIGINT");
  const { code, stdout } = await demo.ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /none different\.\n$/);
  await until("the end of all it had started", () => !children.some(isThere));
});

Deno.test("kill -9 of the demo leaves nothing behind either", async () => {
  await using demo = startTask("demo");
  await shows(demo, /^1 s: /m);
  const children = await childrenOf(demo.pid);
  assert(children.length > 0);
  demo.signal("SIGKILL");
  await demo.ended;
  await until("the end of all it had started", () => !children.some(isThere));
});

Deno.test("--external wants the environment to name everything", async () => {
  const { code, stderr } = await runTask("demo", { args: ["--external"] });
  assert.match(
    stderr,
    /^Cannot use --external: the environment variable CONNECT_BOOTSTRAP_SERVERS is not set/m,
  );
  assert.equal(code, 2);
});
