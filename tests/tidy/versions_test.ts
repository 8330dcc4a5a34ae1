import assert from "node:assert/strict";
import { sourceFiles, textOf } from "./source_files.ts";

interface DenoConfig {
  readonly version?: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, boolean>>;
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
}

const config = async (path: string) => JSON.parse(await textOf(path)) as DenoConfig;
const isPackage = (target: string) => target.startsWith("npm:");

Deno.test("the sandbox's config has every package of the program, in the same version", async () => {
  const [main, dev] = [await config("deno.json"), await config("sandbox/dev.json")];
  const packages = Object.entries(main.imports).filter(([, target]) => isPackage(target));
  for (const [name, target] of packages) assert.equal(dev.imports[name], target, name);
});

Deno.test("the sandbox's config has the same compiler options", async () => {
  const [main, dev] = [await config("deno.json"), await config("sandbox/dev.json")];
  assert.deepEqual(dev.compilerOptions, main.compilerOptions);
});

Deno.test("every package has an exact version", async () => {
  for (const path of ["deno.json", "sandbox/dev.json"]) {
    for (const [name, target] of Object.entries((await config(path)).imports)) {
      if (isPackage(target)) assert.match(target, /@\d+\.\d+\.\d+(-[\w.]+)?\/?$/, `${path}: ${name}`);
    }
  }
});

Deno.test("the lock files hold checksums and no address", async () => {
  for (const path of ["deno.lock", "sandbox/dev.lock"]) {
    const text = await textOf(path);
    assert.match(text, /"integrity": "sha512-/, path);
    assert.doesNotMatch(text, /https?:/, path);
  }
});

Deno.test("the program says the version of deno.json", async () => {
  const { version } = await config("deno.json");
  assert.match(await textOf("CHANGELOG.md"), new RegExp(`^## \\[?(Unreleased|${version})`, "m"));
});

const v8Flags = /--v8-flags=\S+/g;

Deno.test("V8's flags stand in deno.json alone, the same for start and connect", async () => {
  const { tasks } = await config("deno.json");
  const flagsOf = (task: string) => tasks[task]?.command.match(v8Flags) ?? [];
  const [flags = "", ...others] = flagsOf("start");
  assert.deepEqual([flagsOf("connect"), others], [[flags], []]);
  assert.match(flags, /--expose-gc/); // cli/process/free_memory.ts has no effect without it
  for (const [task, { command }] of Object.entries(tasks)) {
    if (task !== "start" && task !== "connect") assert.doesNotMatch(command, v8Flags, task);
  }
  const copies: string[] = [];
  for (const path of await sourceFiles()) {
    if (path.startsWith("tests/") || path === "deno.json") continue;
    for (const given of (await textOf(path)).match(v8Flags) ?? []) {
      if (given.includes("space-size")) copies.push(`${path}: ${given}`);
    }
  }
  assert.deepEqual(copies, []);
});
