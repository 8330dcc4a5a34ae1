/** What a reader needs of the pages as a whole. */

import assert from "node:assert/strict";
import { pages } from "./doc_pages.ts";
import { projectFolder } from "./source_files.ts";

Deno.test("README links every page of docs", async () => {
  const readme = await Deno.readTextFile(`${projectFolder}README.md`);
  const linked = new Set(Array.from(readme.matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, target = ""]) => target));
  const expected = pages().filter((page) => /^docs\/[^/]+\.md$/.test(page));
  assert.deepEqual(expected.filter((page) => !linked.has(page)), []);
});

Deno.test("docs/differences.md fits a terminal of 100 columns", async () => {
  const lines = (await Deno.readTextFile(`${projectFolder}docs/differences.md`)).split("\n");
  const long = lines.flatMap((line, index) => line.length > 100 ? [index + 1] : []);
  assert.deepEqual(long, [], "lines longer than 100 characters");
});
