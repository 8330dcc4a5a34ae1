/** One smoke test for the program from its sources and for the binary, which must not need the sources. */

import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { runOwned } from "../../sandbox/owned_process.ts";
import { compileBinary } from "../support/binary.ts";
import { makeMemoryGroup } from "../support/memory_group.ts";
import { projectFolder, runBinary } from "../support/program.ts";
import { dryRun, exitCodes, type Launch, rollingUpgrade, telesalesEndToEnd } from "../support/smoke.ts";

const versionForm = new RegExp(
  `^sluice ${config.version} \\(commit [0-9a-f]{12}(-dirty)?, Deno [0-9.]+\\)\n$`,
);
const mebibyte = 1024 * 1024;
const memoryMiB = 200;
const built = await compileBinary();
const launches = new Map<string, Launch>([["from its sources", {}]]);
if (built.path === undefined) withoutBinary(built.reason);
else await withBinary(built.path);

Deno.test("telesales runs end to end from its sources, and ends in order", () => telesalesEndToEnd({}));
for (const [how, launch] of launches) {
  Deno.test(`a dry run works ${how}`, () => dryRun(launch));
  Deno.test(`exit codes tell mistakes from failures ${how}`, () => exitCodes(launch));
}

/** What a binary is made of is tried all the same: the bundle, beside the data that goes into the binary. */
function withoutBinary(reason: string): void {
  console.log(`NOT TRIED: the binary. ${reason}`);
  Deno.test("the bundle that a binary is made of runs; NOT TRIED here: the binary itself", async () => {
    const { code, stdout } = await runOwned(Deno.execPath(), {
      args: ["run", "--no-config", "--cached-only", "dist/sluice.js", "--version"],
      cwd: projectFolder,
    });
    assert.equal(code, 0);
    assert.match(stdout, versionForm);
  });
}

async function withBinary(compiled: string): Promise<void> {
  // Elsewhere, and in an empty folder: what it needs it has inside.
  const folder = await Deno.makeTempDir({ prefix: "sluice-binary-" });
  const binary = join(folder, "sluice");
  await Deno.copyFile(compiled, binary);
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  launches.set("as a binary", { binary, folder });

  Deno.test("old and new work side by side, and the old one goes", async () => {
    await rollingUpgrade({ binary, folder }, {});
  });

  Deno.test("telesales runs end to end as a binary held to 200 MiB, and ends in order", async () => {
    await using group = await makeMemoryGroup(memoryMiB * mebibyte);
    if (group === undefined) {
      console.log("This user can make no control group: nothing holds the memory down");
    }
    const held = join(folder, "held");
    const [shell = "", option = "", enter = "", processes = ""] = group?.launcher ?? [];
    const launcher = group === undefined ? "" : `${shell} ${option} '${enter}' ${processes} `;
    await Deno.writeTextFile(held, `#!/bin/sh\nexec ${launcher}${binary} "$@"\n`, { mode: 0o755 });
    await telesalesEndToEnd({ binary: held, folder });
    assert.equal((await group?.read())?.killed ?? 0, 0);
  });

  Deno.test("the binary says its version and commit", async () => {
    const { code, stdout } = await runBinary(binary, ["--version"]);
    assert.match(stdout, versionForm);
    assert.equal(code, 0);
  });

  Deno.test("the binary comes with its checksum", async () => {
    const { code } = await runOwned("sha256sum", {
      args: ["--check", "--quiet", `${basename(compiled)}.sha256`],
      cwd: dirname(compiled),
    });
    assert.equal(code, 0);
  });

  Deno.test("the binary runs nobody's programs, and a dry run neither writes files nor connects", async () => {
    const connector = join(folder, "more", "curious");
    await Deno.mkdir(connector, { recursive: true });
    const name = "sluice.curious.Look";
    await Deno.writeTextFile(join(connector, "connector.json"), JSON.stringify(curious(name)));
    await Deno.writeTextFile(join(connector, "mod.js"), lookAround(name));
    const { stderr, stdout } = await runBinary(
      binary,
      ["dry-run", "--config-dir", "more", "--connector", "curious"],
      { folder, input: '{"topic":"t","key":"1","value":{"a":1}}\n' },
    );
    assert.match(stdout, /"run":"prompt".*"write":"prompt".*"net":"prompt"/, stderr);
  });

  Deno.test("the binary makes a connector's folder, which writes files", async () => {
    const { code, stderr } = await runBinary(binary, ["new", "connector", "leads", "--json-only"], {
      folder,
    });
    assert.equal(code, 0, stderr);
    assert.ok((await Deno.stat(join(folder, "connectors", "leads", "connector.json"))).isFile);
  });
}

const curious = (type: string) => ({
  name: "curious",
  config: {
    "connector.class": "PostgresSink",
    topics: "t",
    transforms: "look",
    "transforms.look.type": type,
  },
});

/** A transformation that says what the program it runs in may do. */
function lookAround(className: string): string {
  return `export const connector = ({ ConfigDef }) => ({
    plugins: [{
      type: "transformation", className: "${className}", version: "1", documentation: "", config: ConfigDef.of({}),
      create: () => ({
        apply: (record) => record.with({
          valueSchema: null,
          value: Object.fromEntries(["run", "write", "net"].map((name) => [name, Deno.permissions.querySync({ name }).state])),
        }),
      }),
    }],
  });`;
}
