import assert from "node:assert/strict";
import { join } from "node:path";
import {
  exists,
  fillOnce,
  freePort,
  onFreePorts,
  othersReach,
  PortTakenError,
  tryCommand,
} from "../../../sandbox/machine.ts";

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("fillOnce() fills a folder at the first call only", () =>
  inTempFolder(async (temp) => {
    const folder = join(temp, "deep", "filled");
    let calls = 0;
    const fill = async (unfinished: string) => {
      calls++;
      await Deno.writeTextFile(join(unfinished, "file"), "text");
    };
    await Promise.all([fillOnce(folder, fill), fillOnce(folder, fill)]);
    const callsBefore = calls;
    assert.equal(await fillOnce(folder, fill), folder);
    assert.equal(calls, callsBefore);
    assert.equal(await Deno.readTextFile(join(folder, "file")), "text");
    assert.deepEqual(Array.from(Deno.readDirSync(join(temp, "deep")), ({ name }) => name), ["filled"]);
  }));

Deno.test("fillOnce() leaves nothing behind when filling fails", () =>
  inTempFolder(async (temp) => {
    const folder = join(temp, "filled");
    await assert.rejects(fillOnce(folder, () => Promise.reject(new Error("no network"))), /no network/);
    assert.deepEqual(Array.from(Deno.readDirSync(temp)), []);
  }));

Deno.test("othersReach() sees a closed folder on the way", () =>
  inTempFolder(async (temp) => {
    const closed = join(temp, "closed");
    await Deno.chmod(temp, 0o755);
    await Deno.mkdir(join(closed, "open"), { recursive: true });
    await Deno.chmod(closed, 0o755);
    const before = await othersReach(join(closed, "open", "not-there-yet"));
    await Deno.chmod(closed, 0o700);
    const usual = await othersReach(temp); // false if the temporary folder itself is closed
    assert.deepEqual([before, await othersReach(join(closed, "open", "not-there-yet"))], [usual, false]);
  }));

Deno.test("freePort() gives a port on which one can listen", () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  listener.close();
});

Deno.test("onFreePorts() starts a server again where its port was taken meanwhile, and gives up in the end", async () => {
  const taken = new PortTakenError("Cannot start it: Address already in use");
  let starts = 0;
  assert.equal(await onFreePorts(() => ++starts < 3 ? Promise.reject(taken) : Promise.resolve(starts)), 3);
  await assert.rejects(onFreePorts(() => Promise.reject(taken)), taken);
  starts = 0;
  const broken = () => Promise.reject(new Error(`${++starts} is no port's matter`));
  await assert.rejects(onFreePorts(broken), /^Error: 1 is no port's matter/);
});

Deno.test("tryCommand() tells a missing program from a failing one", async () => {
  assert.equal(await tryCommand("no-such-program-here", []), undefined);
  assert.deepEqual(await tryCommand("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"]), {
    code: 3,
    text: "out\nerr\n",
  });
  assert.ok(await exists("/bin/sh"));
});
