import assert from "node:assert/strict";
import { textOf } from "./source_files.ts";

interface DenoConfig {
  readonly version?: string;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, boolean>>;
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
