/** What a file exports, another one uses: a name that is its own business has no `export`. */

import assert from "node:assert/strict";
import { exportsOf, importsOf } from "./module_names.ts";
import { sourceFiles, textOf } from "./source_files.ts";

/** What others import by the package's name. */
const published = ["mod.ts", "tests/kit/mod.ts"];

/** Loaded by name, or written into a program that is compiled. */
const loaded = [
  "cli/embedded.ts: carry",
  "connectors/billing/mod.ts: connector",
  "tests/support/leaky_connectors/leaky/mod.ts: connector",
  "tests/support/programs/look_around.ts: connector",
  "tests/tidy/lint_plugin.ts: default",
];

/**
 * Names that no other file uses, as `path: a, b`. An example in the file's own comments is a use of what the file's code
 * uses too, since it runs.
 */
function unusedExports(
  texts: ReadonlyMap<string, string>,
  aliases: ReadonlyMap<string, string>,
): readonly string[] {
  const used = new Set<string>();
  const inExamples = new Set<string>();
  for (const [path, text] of texts) {
    for (const { path: from, name } of importsOf(path, text, aliases)) {
      (from === path ? inExamples : used).add(`${from} ${name}`);
    }
  }
  return [...texts].flatMap(([path, text]) => {
    if (!/\.[jt]s$/.test(path) || published.includes(path) || used.has(`${path} *`)) return [];
    const isUsed = (name: string) =>
      used.has(`${path} ${name}`) || (inExamples.has(`${path} ${name}`) && timesIn(text, name) > 1);
    const names = exportsOf(text).filter((name) => !isUsed(name));
    return names.length === 0 ? [] : [`${path}: ${names.join(", ")}`];
  });
}

function timesIn(text: string, name: string): number {
  const code = text.replaceAll(/^ *(\/?\*|\/\/).*$/gm, "");
  return [...code.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length;
}

Deno.test("every exported name is used by another file", async () => {
  const { imports }: { imports: Readonly<Record<string, string>> } = JSON.parse(
    await textOf("sandbox/dev.json"),
  );
  const own = Object.entries(imports).filter(([, target]) => target.startsWith("../"));
  const aliases = new Map(own.map(([name, target]) => [name, target.slice("../".length)]));
  const paths = (await sourceFiles()).filter((path) => /\.([jt]s|md|html)$/.test(path));
  const texts = new Map(await Promise.all(paths.map(async (path) => [path, await textOf(path)] as const)));
  const found = unusedExports(texts, aliases).filter((line) => !loaded.includes(line));
  assert.deepEqual(found, [], "drop the word export, or what isn't used at all");
});

Deno.test("a name counts as used by an import, a type, an example elsewhere, and not by the file itself", () => {
  const a = [
    "/**",
    " * ```ts",
    ' * import { shown, dead } from "./a.ts";',
    " * ```",
    " */",
    "export function shown() {}",
    "export function dead() {}",
    "export const taken = shown(), other = 1;",
    "export interface Asked {}",
    "export type Told = Asked;",
    "export class Whole {}",
    "const text = `",
    "export const written = 1;",
    "`;",
  ].join("\n");
  const b = 'import { taken } from "./a.ts";\nimport type { Asked as It } from "alias";\n';
  const page = '```ts\nimport { Whole } from "./a.ts";\n```\n';
  const texts = new Map([["a.ts", a], ["b.ts", b], ["page.md", page]]);
  assert.deepEqual(unusedExports(texts, new Map([["alias", "a.ts"]])), ["a.ts: dead, Told"]);
  assert.deepEqual(unusedExports(texts.set("c.ts", 'export * from "./a.ts";'), new Map()), []);
});
