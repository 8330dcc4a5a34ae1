/**
 * What a worker loads at its start: each package and folder takes memory for as long as it runs. Those that few workers
 * use are imported when they are used, by `import()`, or by `require()` in a `.cjs` file where nothing can wait.
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { sourceFiles, textOf } from "./source_files.ts";

/** Files that a worker with a PostgreSQL sink and one of our connectors loads before its first record. */
const starts = [
  "cli/main.ts",
  ...["start", "connect"].map((command) => `cli/commands/${command}.ts`),
  ...["connectors/telesales/mod.ts"],
];

/** Who may be loaded only by a file that is itself loaded late. */
const late: readonly RegExp[] = [
  /^(libphonenumber-js|zod|hono)$/,
  /^node:(http|https)$/,
  /^connect\/rest\/(ui\/ui_routes|rest_handler|connector_routes)\.ts$/,
  /^sinks\/postgres\/(database_commands\.ts$|migrations\/)/,
  /^cli\/(dataflow|deadletters|governance|scaffold|trial)\//,
];

const imports = /^(?:import|export) (?!type )([^;"'`]*?from )?"([^"]+)"/gm;

/** Files and packages that a file imports at once; types are gone when it runs. */
function importedBy(path: string, text: string): readonly string[] {
  const code = text.replaceAll(/^ *\/?\*.*$/gm, "");
  return [...code.matchAll(imports)]
    .filter(([, names = ""]) => !/^\{(\s*type [^,}]+,?)+\s*\} from $/.test(names))
    .map(([, , from = ""]) => from.startsWith(".") ? join(dirname(path), from) : from);
}

/** Returns everything that these files load, each with the file that imports it. */
function loadedFrom(
  files: readonly string[],
  importsOf: (path: string) => readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>(files.map((file) => [file, ""]));
  for (const path of found.keys()) {
    for (const target of importsOf(path)) if (!found.has(target)) found.set(target, path);
  }
  return found;
}

Deno.test("a worker's start loads no code that few workers use", async () => {
  const texts = new Map<string, string>();
  for (const path of (await sourceFiles()).filter((file) => file.endsWith(".ts"))) {
    texts.set(path, await textOf(path));
  }
  const loaded = loadedFrom(starts, (path) => importedBy(path, texts.get(path) ?? ""));
  for (const expected of ["postgres", "sinks/postgres/postgres_sink.ts", "domain/phone.ts"]) {
    assert.ok(loaded.has(expected), `${expected} is loaded: the search finds imports`);
  }
  const tooEarly = [...loaded].filter(([path]) => late.some((pattern) => pattern.test(path)));
  assert.deepEqual(tooEarly.map(([path, by]) => `${by} loads ${path}`), []);
});

Deno.test("what the late code is named exists", async () => {
  const files = await sourceFiles();
  const ours = late.filter(({ source }) => source.includes("\\/"));
  for (const pattern of ours) assert.ok(files.some((path) => pattern.test(path)), String(pattern));
});

Deno.test("imports of types and of late code aren't loads; others are, through other files too", () => {
  const texts: Readonly<Record<string, string>> = {
    "a/a.ts": 'import type { T } from "./t.ts";\nimport { type U } from "./u.ts";\n' +
      'import { type V, b } from "./b.ts";\nconst c = () => import("./c.ts");\n * import { d } from "./d.ts";\n',
    "a/b.ts": 'export { e } from "../e.ts";\nimport "f";\nimport * as g from "node:g";\n',
  };
  const loaded = loadedFrom(["a/a.ts"], (path) => importedBy(path, texts[path] ?? ""));
  assert.deepEqual([...loaded.keys()], ["a/a.ts", "a/b.ts", "e.ts", "f", "node:g"]);
});
