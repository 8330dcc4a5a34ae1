import assert from "node:assert/strict";
import { sourceFiles, textOf } from "./source_files.ts";

/** Words of one connector. Options, columns, metrics and messages that have them are texts, and stay. */
const words = /\w*(regist(er|ration)|eras(e|ure)|objected|objection|officer|telesales|contact)\w*/gi;
/** What is stored, or counted, under such a name. */
const stored: readonly string[] = ["sinks/sql/write/write_counts.ts: erased"];

Deno.test("what all SQL sinks share has no word of a connector's domain", async () => {
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter((file) => /^sinks\/sql\/.*\.ts$/.test(file))) {
    const code = (await textOf(path)).replace(/"(\\.|[^"\\\n])*"/g, '""');
    for (const [word] of code.matchAll(words)) found.push(`${path}: ${word}`);
  }
  assert.deepEqual([...new Set(found)].filter((one) => !stored.includes(one)), []);
});
