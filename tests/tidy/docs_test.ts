import assert from "node:assert/strict";
import { formattedReference } from "../../cli/docs.ts";
import { referenceFile } from "../../cli/config_reference.ts";
import { projectFolder } from "./source_files.ts";

Deno.test("docs/configuration.md says what the declarations say", async () => {
  const written = await Deno.readTextFile(projectFolder + referenceFile);
  assert.ok(written === await formattedReference(), "it is out of date: deno task docs");
});

Deno.test("every option says what it does", async () => {
  const lines = (await formattedReference()).split("\n").filter((line) => line.startsWith("|"));
  assert.deepEqual(lines.filter((line) => /\|\s*\|/.test(line)), []);
});
