/**
 * A record's way through the generic sink, from poll to COMMIT, in the order in which one reads it: JSON without schemas,
 * an upsert into PostgreSQL, exactly once. A person keeps the list true; that its files follow from each other and how
 * many there are is checked.
 */

import assert from "node:assert/strict";
import { importsOf } from "./module_names.ts";
import { sourceFiles, textOf } from "./source_files.ts";

/** A file, and what happens to the record there. */
interface Step {
  readonly file: string;
  readonly does: string;
  /** Where a port is between this file and those before it: its file, which both import. */
  readonly port?: string;
}

const task = "connect/runtime/task";
const plugins = "connect/api/plugins.ts";
const dialect = "sinks/sql/dialect.ts";

const way: readonly Step[] = [
  { file: `${task}/worker_sink_task.ts`, does: "the loop: a turn polls, puts, commits" },
  { file: `${task}/task_intake.ts`, does: "polls and converts the next batch while the one in hand is put" },
  {
    file: `${task}/record_pipeline.ts`,
    does: "converts key, value and headers and runs the transformations",
  },
  { file: "connect/converters/string_converter.ts", does: "reads the key", port: plugins },
  { file: "connect/converters/json/json_converter.ts", does: "reads the value", port: plugins },
  { file: "connect/converters/json/json_plain.ts", does: "parses JSON without schemas" },
  { file: "connect/converters/json/json_bytes.ts", does: "decodes its UTF-8" },
  { file: "connect/converters/json/json_scanner.ts", does: "reads names, texts and numbers" },
  { file: "connect/api/record.ts", does: "is the record from here on" },
  {
    file: `${task}/transformation_chain.ts`,
    does: "applies each transformation whose predicate holds",
    port: plugins,
  },
  { file: `${task}/task_batch.ts`, does: "holds the batch: records, originals, next offsets" },
  { file: `${task}/task_delivery.ts`, does: "puts the batch in hand; keeps it for another try" },
  { file: `${task}/sink_offsets.ts`, does: "notes what was delivered" },
  { file: `${task}/task_troubles.ts`, does: "calls the sink, and knows what a put waits for" },
  { file: "connect/runtime/abort.ts", does: "ends a poll or put that doesn't return" },
  {
    file: "sinks/sql/sql_sink_task.ts",
    does: "put: an outage becomes a RetriableException",
    port: "connect/api/sink_task.ts",
  },
  { file: "sinks/sql/write/record_delivery.ts", does: "the loop of put: written, again or refused" },
  { file: "sinks/sql/isolate/bad_record.ts", does: "leaves out what stands behind a bad record" },
  { file: "sinks/sql/write/table_writer.ts", does: "one try: plans, one transaction, judges a failure" },
  { file: "sinks/sql/write/partition_ownership.ts", does: "lets only records behind the stored offsets in" },
  { file: "sinks/sql/plan/batch_planner.ts", does: "makes a change of each record" },
  { file: "sinks/sql/plan/table_name.ts", does: "finds the table by the topic" },
  { file: "sinks/sql/plan/record_fields.ts", does: "reads the value's fields" },
  { file: "sinks/sql/plan/table_plan.ts", does: "which columns the statement has" },
  { file: "sinks/sql/plan/column_finder.ts", does: "finds each field's column" },
  { file: "sinks/sql/plan/row_maker.ts", does: "makes the row of the fields" },
  { file: "sinks/postgres/tables/cells.ts", does: "encodes a value for its column", port: dialect },
  { file: "sinks/sql/plan/table_row.ts", does: "is the change: kind, key, cells" },
  {
    file: "sinks/sql/plan/statement_order.ts",
    does: "puts changes into statements, in an order that is safe",
  },
  { file: "sinks/postgres/postgres_dialect.ts", does: "begins the transaction, and commits", port: dialect },
  { file: "sinks/postgres/connection/session_keeper.ts", does: "has the session, or opens one" },
  { file: "sinks/postgres/connection/session.ts", does: "sends a statement and waits for its answer" },
  { file: "sinks/postgres/postgres_transaction.ts", does: "sends each statement of the batch" },
  { file: "sinks/postgres/offsets/offset_store.ts", does: "locks the offsets' rows and moves them on" },
  { file: "sinks/postgres/statements/insert.ts", does: "the upsert's SQL" },
  { file: "sinks/postgres/statements/rows.ts", does: "its columns, and one array a column" },
  { file: "sinks/postgres/statements/transaction.ts", does: "BEGIN with its limits, savepoints, COMMIT" },
];

/** It only goes down; the aim is 20. */
const filesMax = 37;

const spans = "connect/api/spans.ts";

/** The way of the same record in columns. Files of the way above that it shares stand here, too. */
const columnWay: readonly Step[] = [
  { file: `${task}/worker_sink_task.ts`, does: "the loop, the same one" },
  {
    file: `${task}/task_intake.ts`,
    does: "fills the next batch: by spans, and a record that isn't plain as an object",
  },
  { file: `${task}/polled_runs.ts`, does: "has what was polled as runs" },
  { file: `${task}/span_chain.ts`, does: "reads a record's fields, or leaves it to the pipeline" },
  { file: "connect/converters/string_converter.ts", does: "finds the key", port: plugins },
  { file: "connect/converters/utf8_skip.ts", does: "checks that it is UTF-8" },
  { file: "connect/converters/json/json_spans.ts", does: "finds the value's fields", port: plugins },
  { file: "connect/converters/json/json_skip.ts", does: "steps over all other bytes" },
  { file: "connect/converters/json/json_unescape.ts", does: "unescapes a text into the arena" },
  { file: `${task}/span_batch.ts`, does: "holds the batch: three numbers a field" },
  { file: `${task}/task_batch.ts`, does: "next offsets; makes objects of the batch if the sink wants them" },
  { file: `${task}/task_delivery.ts`, does: "puts the batch in columns, else as records" },
  {
    file: "sinks/sql/sql_sink_task.ts",
    does: "put in columns: an outage becomes a RetriableException",
    port: spans,
  },
  { file: "sinks/sql/columns/column_delivery.ts", does: "writes the batch as a whole, or declines it" },
  {
    file: "sinks/sql/columns/column_plan.ts",
    does: "which column a field goes to, by the fields of a record",
  },
  { file: "sinks/sql/columns/key_rule.ts", does: "which spans can be keys" },
  { file: "sinks/sql/columns/column_rows.ts", does: "checks each span, makes the row" },
  { file: "sinks/sql/columns/column_memory.ts", does: "knows the memories that spans lie in" },
  { file: "sinks/sql/columns/row_rounds.ts", does: "folds rows of one key, puts rows into statements" },
  { file: "sinks/sql/columns/key_table.ts", does: "finds the row of a key" },
  { file: "sinks/sql/columns/row_key.ts", does: "compares and orders keys by their bytes" },
  {
    file: "sinks/postgres/postgres_spans.ts",
    does: "the transaction's statements",
    port: "sinks/sql/span_dialect.ts",
  },
  { file: "sinks/postgres/tables/span_forms.ts", does: "how a span goes into a column" },
  { file: "sinks/postgres/tables/span_texts.ts", does: "text; others beside it are for numbers and times" },
  { file: "sinks/postgres/wire/span_parameters.ts", does: "a column becomes an array" },
  { file: "sinks/postgres/connection/session.ts", does: "has the socket, and limits the wait" },
  { file: "sinks/postgres/wire/wire.ts", does: "one flight: all statements, one Sync" },
  { file: "sinks/postgres/wire/out_buffer.ts", does: "the bytes for the server" },
  { file: "sinks/postgres/wire/flight_answers.ts", does: "reads the answers up to the commit's" },
];

/** It only goes down. */
const columnFilesMax = 29;

/** What is wrong with a way; `importsOf` gives the files that one imports. */
function problemsOf(
  steps: readonly Step[],
  importsOf: (file: string) => ReadonlySet<string> | undefined,
): readonly string[] {
  const before = new Set<string>();
  return steps.flatMap(({ file, port }, index) => {
    const own = importsOf(file);
    const isReached = [...before].some((earlier) => importsOf(earlier)?.has(port ?? file));
    const isTwice = before.has(file);
    before.add(file);
    if (own === undefined) return [`${file} isn't there`];
    if (isTwice) return [`${file} stands twice`];
    if (index > 0 && !isReached) return [`${port ?? file} is imported by no file before ${file}`];
    return port !== undefined && !own.has(port) ? [`${file} doesn't import ${port}`] : [];
  });
}

for (
  const { name, steps, most } of [
    { name: "a record's way", steps: way, most: filesMax },
    { name: "its way in columns", steps: columnWay, most: columnFilesMax },
  ]
) {
  Deno.test(`${name} from poll to COMMIT is as listed, each file imported by one before it`, async () => {
    const there = new Set(await sourceFiles());
    const files = [...new Set(steps.map(({ file }) => file))].filter((file) => there.has(file));
    const imports = new Map<string, ReadonlySet<string>>();
    for (const file of files) {
      const code = (await textOf(file)).replaceAll(/^ *\/?\*.*$/gm, "");
      imports.set(file, new Set(importsOf(file, code).map(({ path }) => path)));
    }
    assert.deepEqual(problemsOf(steps, (file) => imports.get(file)), []);
    assert.ok(steps.length <= most, `${steps.length} files, at most ${most}`);
  });
}

Deno.test("a way with a file that is gone, stands twice or that nothing leads to is found", () => {
  const imports = new Map([["a", ["b", "port"]], ["b", []], ["c", ["port"]], ["d", []]]
    .map(([file, of]) => [file as string, new Set(of)] as const));
  const step = (file: string, port?: string): Step => ({
    file,
    does: "",
    ...port === undefined ? {} : { port },
  });
  const found = problemsOf(
    [
      step("a"),
      step("b"),
      step("c", "port"),
      step("gone"),
      step("b"),
      step("c"),
      step("d", "port"),
      step("d", "other"),
    ],
    (file) => imports.get(file),
  );
  assert.deepEqual(found, [
    "gone isn't there",
    "b stands twice",
    "c stands twice",
    "d doesn't import port",
    "d stands twice",
  ]);
  assert.deepEqual(problemsOf([step("a"), step("c")], (file) => imports.get(file)), [
    "c is imported by no file before c",
  ]);
});
