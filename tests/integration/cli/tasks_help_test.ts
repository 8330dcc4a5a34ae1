import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { runOwned } from "../../../sandbox/owned_process.ts";
import { projectFolder } from "../../support/programs/program.ts";

async function task(name: string, ...args: readonly string[]) {
  const variables = { BANK2_ADMIN_URL: "", NO_COLOR: "1" };
  const { code, stdout, stderr } = await runOwned(Deno.execPath(), {
    args: ["task", "--quiet", name, ...args],
    cwd: projectFolder,
    env: variables,
  });
  return { code, stdout, stderr };
}

for (const name of Object.keys(config.tasks)) {
  Deno.test(`deno task ${name} --help says what it does, and does nothing`, async () => {
    const reference = join(projectFolder, "docs/configuration.md");
    const { mtime } = await Deno.stat(reference);
    const { code, stdout, stderr } = await task(name, "--help");
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^(deno task|sluice) ${name}\\b.*\\n\\n\\S`));
    assert.match(stdout, /--help/);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/);
    assert.deepEqual((await Deno.stat(reference)).mtime, mtime);
  });

  Deno.test(`deno task ${name} --nothing is refused in a sentence`, async () => {
    const { code, stderr } = await task(name, "--nothing");
    assert.match(stderr, /^Cannot use --nothing: \S+ has no such option$/m);
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+/);
    assert.equal(code, 2);
  });
}

Deno.test("ask says what it can't ask, and where", async () => {
  const ask = async (url: string, ...args: readonly string[]) => {
    const { code, stderr } = await runOwned(Deno.execPath(), {
      args: ["task", "--quiet", "ask", ...args],
      cwd: projectFolder,
      env: { BANK2_ADMIN_URL: url },
    });
    assert.doesNotMatch(stderr, /\bat .*:\d+:\d+|hidden/);
    return `${code} ${stderr}`;
  };
  assert.match(await ask("", "select 1"), /^2 Cannot ask: BANK2_ADMIN_URL is not set; source the shop\.env/);
  assert.match(await ask("postgres://a:hidden@127.0.0.1:9/b"), /^2 Cannot ask: one question in quotes/);
  assert.match(
    await ask("nowhere", "select 1"),
    /^2 Cannot ask: BANK2_ADMIN_URL isn't a URL, expected postgres:/,
  );
  assert.match(
    await ask("postgres://a:hidden@127.0.0.1:9/b", "select 1"),
    /^1 Cannot ask: 127\.0\.0\.1:9 of BANK2_ADMIN_URL can't be reached: ECONNREFUSED, nothing listens there$/m,
  );
});
