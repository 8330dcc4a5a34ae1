import assert from "node:assert/strict";
import { formattedReference } from "../../cli/docs.ts";
import { referenceFile } from "../../cli/config_reference.ts";
import { parseProperties } from "../../connect/config/properties_file.ts";
import { docBlocks, isRun } from "../support/docs/doc_blocks.ts";
import { cutOverPage, followedPages, pages } from "./doc_pages.ts";
import { projectFolder } from "./source_files.ts";

Deno.test("docs/configuration.md says what the declarations say", async () => {
  const written = await Deno.readTextFile(projectFolder + referenceFile);
  assert.ok(written === await formattedReference(), "it is out of date: deno task docs");
});

Deno.test("every option says what it does", async () => {
  const lines = (await formattedReference()).split("\n").filter((line) => line.startsWith("|"));
  assert.deepEqual(lines.filter((line) => /\|\s*\|/.test(line)), []);
});

const known = new Set(["sh", "text", "json", "properties", "ts", "ts ignore", "mermaid", "sql", "yaml"]);

for (const page of pages()) {
  const blocks = docBlocks(await Deno.readTextFile(projectFolder + page));

  Deno.test(`${page} has blocks of known languages, and its data can be read`, () => {
    for (const { language, text, line } of blocks) {
      assert.ok(known.has(language), `${page}:${line} is in "${language}"`);
      if (language === "json") assert.doesNotThrow(() => JSON.parse(text), `${page}:${line}`);
      if (language === "properties") {
        assert.ok(Object.keys(parseProperties(text)).length > 0, `${page}:${line}`);
      }
    }
  });

  Deno.test(`${page} has commands that a test runs, or says why not`, () => {
    const open = [...followedPages, cutOverPage].includes(page)
      ? []
      : blocks.filter(isRun).map(({ line }) => `${page}:${line}`);
    assert.deepEqual(open, [], "put <!-- not run: WHY --> before it, or the page into followedPages");
  });

  Deno.test(`${page} links to what is there`, async () => {
    const text = await Deno.readTextFile(projectFolder + page);
    const folder = page.split("/").slice(0, -1).join("/");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
      const path = new URL(target, `file://${projectFolder}${folder === "" ? "" : `${folder}/`}`);
      assert.ok(await Deno.stat(path).then(() => true, () => false), `${page} links to ${target}`);
    }
  });
}
