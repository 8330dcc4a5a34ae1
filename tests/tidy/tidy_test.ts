import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { importProblem } from "./import_table.ts";
import { isSource, sourceFiles, textOf } from "./source_files.ts";

const linesMax = 300;
const isLong = (path: string) => path.startsWith("tests/") || path.startsWith("bench/");

// In two parts each, so that this file doesn't find itself.
const leftOver = [
  ...[["FIX", "ME"], ["XX", "X:"], ["TO", "DO"], ["not impl", "emented"]],
  ["(?<!unavailable\\.value\\.)place", "holder"], // which is Debezium's name for an option
];
const unfinished = new RegExp(leftOver.map((parts) => parts.join("")).join("|"));
const skipped = new RegExp(["Deno\\.test\\.(ignore|only)", "ignore: tr" + "ue", "only: tr" + "ue"].join("|"));
const machines = new RegExp(
  ["(^|[^a-z])/(wo" + "rk|fa" + "rm)/", "registry\\.npm" + "js", "repo1?\\.mav" + "en"].join("|"),
);
const inlinePackage = new RegExp("(from|import) ?\\(?[\"'](npm|js" + "r):");

/** Copies of what other programs said, where every word is allowed. */
const isRecorded = (path: string) => path.startsWith("tests/conformance/") || /\.(lock|jsonl)$/.test(path);

async function linesWith(pattern: RegExp, isChecked: (path: string) => boolean): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter(isChecked)) {
    (await textOf(path)).split("\n").forEach((line, index) => {
      if (pattern.test(line)) found.push(`${path}:${index + 1}: ${line.trim()}`);
    });
  }
  return found;
}

Deno.test("no source file has more than 300 lines", async () => {
  const long: string[] = [];
  for (const path of (await sourceFiles()).filter((file) => isSource(file) && !isLong(file))) {
    const lines = (await textOf(path)).trimEnd().split("\n").length;
    if (lines > linesMax) long.push(`${path}: ${lines}`);
  }
  assert.deepEqual(long, []);
});

Deno.test("nothing is left unfinished", async () => {
  assert.deepEqual(await linesWith(unfinished, (path) => !isRecorded(path)), []);
});

Deno.test("no test is skipped or run alone", async () => {
  assert.deepEqual(await linesWith(skipped, isSource), []);
});

Deno.test("nothing names the machine it was written on, or a package registry", async () => {
  assert.deepEqual(await linesWith(machines, (path) => !isRecorded(path)), []);
});

Deno.test("packages are imported by their names in deno.json", async () => {
  assert.deepEqual(await linesWith(inlinePackage, isSource), []);
});

/** The ways to a terminal, whose texts have to be shown and not obeyed. */
const writing = /\bconsole\.|\bstd(out|err)\.(write|writable|writeSync)\b/;
const isProduct = (path: string) => /^(cli|connect|connectors|domain|sinks)\/.*\.[jt]s$|^mod\.ts$/.test(path);

Deno.test("commands print through cli/output.ts alone, and the file sink its records", async () => {
  const writers = new Set((await linesWith(writing, isProduct)).map((line) => line.split(":")[0]));
  assert.deepEqual([...writers].sort(), ["cli/output.ts", "sinks/file/file_stream_sink_task.ts"]);
});

/** A literal that is sent, and a text that begins as a statement does. */
const statements = [
  /\.(unsafe|query)(<[^()]*>)?\(\s*["'`]|(?<![.\w])(sql|tx)(<[^`()]*>)?`/,
  /["'`]\s*(select|with recursive|insert into|delete from|update \S+ (as|set)|set local) /,
  /["'`]\s*((create|alter|drop) (table|index|policy|function)|(grant|revoke) \S+ (to|on|from)) /,
];

Deno.test("each statement of a database's sink stands whole in its folder statements/", async () => {
  const isElsewhere = (path: string) =>
    isProduct(path) && !/^(sinks\/[a-z]+\/statements|cli\/scaffold)\//.test(path);
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter(isElsewhere)) {
    const code = (await textOf(path)).replaceAll(/^ *(\/?\*|\/\/).*$/gm, "");
    const places = statements.flatMap((pattern) => pattern.exec(code)?.[0].trim() ?? []);
    found.push(...places.map((place) => `${path}: ${place}`));
  }
  assert.deepEqual(found, []);
});

/** Something is held against the time of an erasure. */
const erasureRule = new RegExp("[<>]=? *(\\w+\\.)?eras" + "edAt\\b|isLater\\([^)]*eras" + "edAt");

Deno.test("what an erasure keeps out is said by after(person, event), and by the database's guards", async () => {
  const places = await linesWith(erasureRule, (path) => isSource(path) && !path.endsWith("person_test.ts"));
  assert.deepEqual([...new Set(places.map((line) => line.split(":")[0]))], ["domain/telesales/person.ts"]);
});

Deno.test("files import no cycle", async () => {
  const files = (await sourceFiles()).filter(isSource);
  const graph = new Map<string, readonly string[]>();
  for (const path of files) graph.set(path, importsOf(path, await textOf(path)));
  assert.deepEqual(cyclesIn(graph), []);
});

const folderFilesMax = 20;

function tooFull(paths: readonly string[]): readonly string[] {
  const counted = paths.filter(isSource);
  const byFolder = Map.groupBy(counted, (path) => path.slice(0, path.lastIndexOf("/") + 1));
  return [...byFolder].filter(([, files]) => files.length > folderFilesMax)
    .map(([folder, files]) => `${folder} has ${files.length}`);
}

Deno.test("no folder has more than 20 files", async () => {
  assert.deepEqual(tooFull(await sourceFiles()), []);
});

Deno.test("a folder with 21 files is found, whatever is in the folders below it", () => {
  const files = (folder: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${folder}f${index}.ts`);
  assert.deepEqual(tooFull([...files("cli/", 20), ...files("cli/process/", 20), "cli/page.css"]), []);
  assert.deepEqual(tooFull([...files("cli/", 21), ...files("bench/", 22)]), ["cli/ has 21", "bench/ has 22"]);
});

Deno.test("mod.ts exports all of connect/api, and nothing else", async () => {
  const exported = [...(await textOf("mod.ts")).matchAll(/^export .*"\.\/(.*)";$/gm)].map((match) =>
    match[1]
  );
  assert.deepEqual(exported, (await sourceFiles()).filter((path) => /^connect\/api\/[^/]+\.ts$/.test(path)));
});

Deno.test("files are named in snake_case", async () => {
  const names = (await sourceFiles()).filter(isSource).filter((path) => !/^[a-z0-9_./-]+$/.test(path));
  assert.deepEqual(names, []);
});

Deno.test("the import table knows inside from outside", () => {
  assert.equal(importProblem("connect/runtime/worker/worker.ts", "connect/api/record.ts"), undefined);
  const encoder = "kafkajs/src/protocol/encoder.js";
  assert.equal(importProblem("connect/kafka/wire/kafkajs_internals.ts", encoder), undefined);
  assert.match(importProblem("tests/support/world.ts", encoder) ?? "", /^Only connect\/kafka\/wire/);
  assert.equal(importProblem("connectors/telesales/mod.ts", "connectors/telesales/event.ts"), undefined);
  assert.match(
    importProblem("connectors/telesales/mod.ts", "connectors/billing/mod.ts") ?? "",
    /may not import/,
  );
  assert.match(importProblem("domain/telesales/phone.ts", "connect/api/record.ts") ?? "", /may not import/);
  assert.match(importProblem("connect/runtime/worker/worker.ts", "kafkajs") ?? "", /may not import/);
  assert.match(importProblem("cli/prepare.ts", "sinks/postgres/postgres_sink.ts") ?? "", /may not import/);
  assert.equal(importProblem("cli/prepare.ts", "sinks/sql/database.ts"), undefined);
  assert.equal(importProblem("connect/runtime/worker/worker.ts", "node:timers"), undefined);
  assert.match(
    importProblem("elsewhere/a.ts", "connect/api/record.ts") ?? "",
    /no folder of the import table/,
  );
});

function importsOf(path: string, text: string): readonly string[] {
  const code = text.replaceAll(/^ *(\/?\*|\/\/).*$/gm, ""); // examples in comments import their own file
  const found = code.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g);
  return [...found].map((match) => join(dirname(path), match[1] ?? ""));
}

/** Each cycle once, as the path that closes it. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) cycles.push([...way.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
