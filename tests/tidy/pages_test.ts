/** What a reader needs of the pages as a whole. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
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

Deno.test("links to a heading find it", async () => {
  const texts = new Map<string, string>();
  for (const page of pages()) texts.set(page, await Deno.readTextFile(projectFolder + page));
  const lost = Array.from(texts).flatMap(([page, text]) =>
    Array.from(text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g), ([, path = "", anchor = ""]) => {
      const target = path === "" ? page : join(dirname(page), path);
      return anchors(texts.get(target) ?? "").has(anchor) ? "" : `${page} links to ${path}#${anchor}`;
    })
  );
  assert.deepEqual(lost.filter((text) => text !== ""), []);
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(markdown: string): ReadonlySet<string> {
  const headings = markdown.replaceAll(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return new Set(
    Array.from(
      headings,
      ([, text = ""]) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}_\- ]/gu, "").replaceAll(" ", "-"),
    ),
  );
}
