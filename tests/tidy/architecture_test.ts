/** What docs/architecture.md says of files is true: the names, the folders, the statements, the way of a put. */

import assert from "node:assert/strict";
import { importsOf } from "./module_names.ts";
import { isSource, sourceFiles, textOf } from "./source_files.ts";

const page = await textOf("docs/architecture.md");
const files = await sourceFiles();

/** Names in code quotes that end like a file. */
function namedFiles(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, words = ""]) => words.split(/\s|,/));
  return quoted.map((word) => word.replace(/^\/+/, "")).filter((word) =>
    /^[\w/.-]+\.(ts|sql|json|jsonl)$/.test(word)
  );
}

/** Files that no path ends with, whole names only. */
function unknownFiles(text: string, known: readonly string[]): readonly string[] {
  return namedFiles(text).filter((name) => !known.some((path) => path === name || path.endsWith(`/${name}`)));
}

/** The lines of a section. */
function section(title: string): string {
  const [, rest = ""] = page.split(`\n## ${title}\n`);
  return rest.split("\n## ")[0] ?? "";
}

Deno.test("each file that the architecture names is there", () => {
  assert.deepEqual(unknownFiles(page, files), []);
});

Deno.test("each path of a page that begins in the project's folders is there", async () => {
  const pages = files.filter((path) =>
    /^(docs\/(adr\/)?[^/]+|[A-Z]+)\.md$/.test(path) && path !== "CHANGELOG.md"
  );
  const inProject = /^(cli|connect|sinks|domain|sandbox|tests|testing|bench|deploy|unit|integration)\//;
  const found: string[] = [];
  for (const path of pages) {
    const named = namedFiles(await textOf(path)).filter((name) => inProject.test(name));
    const gone = named.filter((name) => !files.includes(name) && !files.includes(`tests/${name}`));
    found.push(...gone.map((name) => `${path}: ${name}`));
  }
  assert.deepEqual(found, []);
});

Deno.test("a file that is gone is found, also in a list and as the end of another name", () => {
  const known = ["sinks/postgres/statements/seal.ts", "a/unseal.sql"];
  assert.deepEqual(unknownFiles("`seal.ts`, `statements/seal.ts`", known), []);
  assert.deepEqual(unknownFiles("`erase.ts` and `x.ts -> seal.sql`", known), [
    "erase.ts",
    "x.ts",
    "seal.sql",
  ]);
});

Deno.test("the file map has every folder of the program, and no other", () => {
  const tops = ["cli", "connect", "sinks", "domain", "sandbox", "testing"];
  const map = section("File map");
  const named = [...map.matchAll(/`([a-z]+(?:\/[a-z]+)?)\/`/g)].map(([, folder = ""]) => folder);
  for (const folder of named) {
    assert.ok(files.some((path) => path.startsWith(`${folder}/`) || path.includes(`/${folder}/`)), folder);
  }
  const second = files.filter((path) => isSource(path) && tops.includes(path.split("/")[0] ?? ""))
    .map((path) => path.split("/").slice(0, -1).slice(0, 2).join("/"));
  const missing = [...new Set(second)].filter((folder) =>
    !named.includes(folder) && !["sandbox", "domain"].includes(folder.split("/")[0] ?? "") &&
    folder.includes("/")
  );
  assert.deepEqual(missing, []);
});

Deno.test("the table of statements has all files of the folder, and all golden texts", () => {
  const named = new Set(namedFiles(section("Where a put becomes SQL")));
  const inFolder = (folder: string, end: string) =>
    files.filter((path) => path.startsWith(folder) && path.endsWith(end)).map((path) =>
      path.slice(folder.length)
    );
  for (const file of inFolder("sinks/postgres/statements/", ".ts")) {
    assert.ok(named.has(file) || named.has(`statements/${file}`), file);
  }
  for (const file of inFolder("tests/unit/sinks/postgres/statements/", ".sql")) {
    assert.ok(named.has(file), file);
  }
});

Deno.test("from put to SQL each file imports the next, or the port between them", async () => {
  const [way = ""] = section("Where a put becomes SQL").trim().split("\n\n");
  const steps = namedFiles(way).map((name) =>
    files.find((path) => path.startsWith("sinks/") && path.endsWith(`/${name}`)) ?? name
  );
  assert.equal(steps.length, 5, steps.join());
  for (const [index, path] of steps.slice(0, -1).entries()) {
    const next = steps[index + 1] ?? "";
    const imported = importsOf(path, await textOf(path)).map(({ path }) => path);
    const isNext = imported.includes(next) || imported.includes("sinks/sql/dialect.ts");
    assert.ok(isNext, `${path} imports neither ${next} nor its port`);
  }
});
