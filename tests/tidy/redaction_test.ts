/** Texts that can hold a customer's value have few ways out, and each of them is known. */

import assert from "node:assert/strict";
import { isSource, sourceFiles, textOf } from "./source_files.ts";

/** What runs in production; tests, benches and the demo's world may look at everything. */
const isProgram = (path: string) => isSource(path) && /^(cli|connect|sinks|connectors|domain)\//.test(path);

async function filesWith(pattern: RegExp, isChecked: (path: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter(isChecked)) {
    const code = (await textOf(path)).split("\n").filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line)).join(
      "\n",
    );
    if (pattern.test(code)) found.push(path);
  }
  return found;
}

Deno.test("Connect's exact texts are read by raw dead letters and dry runs, and by who hands them on within an exception", async () => {
  assert.deepEqual(await filesWith(/\.connectText\b/, isProgram), [
    "connect/api/exceptions.ts",
    "connect/config/topics_pattern.ts", // about an option's pattern: no record is near
    "connect/converters/outcome_json.ts",
    "connect/errors/java_trace.ts",
    "connect/runtime/task/transformation_chain.ts", // one exception's into another's
  ]);
  assert.deepEqual(await filesWith(/\bconnect(Trace|TextOf)\b/, isProgram), [
    "connect/errors/dead_letter_form.ts",
    "connect/errors/java_trace.ts",
  ]);
  const dryRuns = /^cli\/(commands\/dry_run|trial\/)/;
  const readers = await filesWith(/outcome_json\.ts"/, isProgram);
  assert.deepEqual(readers.filter((path) => !dryRuns.test(path)), []);
});

Deno.test("the parts of a driver's error that quote rows are read nowhere, but for whether there is a context", async () => {
  const parts = /["'.](detail|hint|internal_query|where)\b["'\])]?(?!\s*[:(])/;
  const isLookedAt = (path: string) => /^(sinks\/(sql|postgres)|cli)\//.test(path) && isSource(path);
  assert.deepEqual(await filesWith(parts, isLookedAt), ["sinks/postgres/connection/sqlstate.ts"]);
  // Only whether there is a context, which tells a trigger's error from the statement's own.
  const [code = ""] = (await textOf("sinks/postgres/connection/sqlstate.ts")).split("\n").filter((line) =>
    parts.test(line)
  );
  assert.match(code, /^ {2}return textOf\(error, "where"\) !== undefined \|\| /);
});

Deno.test("only the command line speaks to the terminal; whatever else has something to say has a logger", async () => {
  const speaks = /\bconsole\.|\bDeno\.std(out|err)\b|\bprocess\.std(out|err)\b/;
  assert.deepEqual(await filesWith(speaks, (path) => isProgram(path) && !path.startsWith("cli/")), [
    "sinks/file/file_stream_sink_task.ts", // as in Connect, without a file it writes records to standard output
  ]);
});
