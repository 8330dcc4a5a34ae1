/** Every type of PostgreSQL with every kind of value; PostgreSQL's own reading of the value's text decides. */

import assert from "node:assert/strict";
import fc from "fast-check";
import postgres from "postgres";
import { formattedMarkdown } from "../../../cli/docs.ts";
import { Schema } from "../../../connect/api/schema.ts";
import { projectFolder } from "../../support/programs/program.ts";
import {
  type Sample,
  type SampledType,
  sampledTypes,
  sampledTypesSetup,
  type SampleKind,
  sampleKinds,
  unwritableTypes,
} from "../../support/sinks/type_samples.ts";
import {
  attemptFunction,
  distinctValues,
  judge,
  makeColumns,
  type Outcome,
  type TestedColumn,
  type Trial,
  typeNames,
  write,
} from "../../support/sinks/type_table.ts";
import { textsOf } from "../../support/sinks/type_texts.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

/** Results of a type's plain column. */
interface TypeResult {
  readonly type: SampledType;
  readonly column: TestedColumn["column"];
  readonly kinds: readonly (Pick<SampleKind, "name"> & { readonly trials: readonly Trial[] })[];
}

const typePage = "docs/types.md";

const introduction = `# Column types

What the PostgreSQL sink writes into a column of each type. \`tests/integration/sinks/type_table_test.ts\` makes the table: it
writes values at each type's borders and compares the column with PostgreSQL's own reading of their text.

- **all**: every value is written. **some**: the others are rejected with a rule of the last column. **-**: every value is a
  bad record, rule \`wrong_type\`.
- The columns are schemaless JSON values and Connect's schemas: *text* \`STRING\`, *integer* \`INT8\` to \`INT64\`, *number*
  \`FLOAT32\` and \`FLOAT64\`, *boolean* \`BOOLEAN\`, *list* \`ARRAY\`, *object* \`MAP\` and \`STRUCT\`.
- *one text*: equal values have the same text, so records of one key in a batch become one row. The others are written one
  after another.
- *refused as*: the rules of bad records. If the database refuses the value, the rule is its SQLSTATE. All types refuse text
  with NUL or half a surrogate pair, as \`text_nul\` and \`text_not_unicode\`.

Rules for all types:

- An array accepts lists of what its element accepts; a list in a list is the next dimension. A domain accepts what its base
  type accepts; the database checks its constraints. Both hold for domains of arrays and arrays of domains.
- \`timestamp\` and \`timestamp[]\` are in UTC: a zone in the text counts, although PostgreSQL would drop it. Text without a zone
  is UTC for all types. PostgreSQL alone reads ranges and composite types: \`tsrange\` drops zones.
- \`json\` and \`jsonb\` accept text with a schema (\`STRING\`, also named \`io.debezium.data.Json\`) as a JSON document; text that
  isn't JSON is a bad record, rule \`json_invalid\`. Text without a schema becomes a JSON string. In a list for \`json[]\` each
  element is a document, lists too.
- \`FLOAT32\` is written by its own shortest text: 0.1, not 0.10000000149011612.
- \`numeric\` without a scale keeps no trailing zeros: 1.50 is stored as 1.5. \`-0\` is stored as 0.
- Fractions of a second beyond the microsecond are rounded, as in PostgreSQL.
- Text longer than \`varchar(n)\` or \`char(n)\` is refused; blanks at its end are cut. \`name\` and \`"char"\` cut text, as in
  PostgreSQL.
- NULL is written to any column; if the column is NOT NULL, the database refuses the row.
- Columns of type UNWRITABLE accept no value: PostgreSQL reads no text for them.
`;

/** The page as Markdown, unformatted. */
function typePageText(results: readonly TypeResult[], unwritable: readonly string[]): string {
  const kinds = results[0]?.kinds.map(({ name }) => name) ?? [];
  const lines = results.filter(({ type }) => !unlisted.includes(type.type)).map((result) => {
    const cells = result.kinds.map(({ trials }) => shareText(trials));
    return [
      `\`${nameOf(result.type)}\``,
      ...cells,
      result.column.hasTextEquality ? "yes" : "no",
      rulesText(result),
    ];
  });
  const header = ["column", ...kinds, "one text", "refused as"];
  const rows = [header, header.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
  const names = unwritable.map((name) => `\`${name}\``).join(", ");
  return `${introduction.replace("UNWRITABLE", names)}\n${rows.join("\n")}\n`;
}

/** Their input depends on the version: up to 15 they accept any text. */
const unlisted: readonly string[] = ["cid", "xid", "xid8"];

const shownNames: Readonly<Record<string, string>> = {
  sample_mood: "an enum",
  sample_pair: "a composite type",
  "text collate sample_folded": "text, nondeterministic collation",
};

function nameOf({ type }: SampledType): string {
  return shownNames[type] ?? type;
}

function shareText(trials: readonly Trial[]): string {
  const written = trials.filter(({ outcome }) => outcome.kind === "written").length;
  if (written === trials.length) return "all";
  return written === 0 ? "-" : "some";
}

/** The codes differ between versions. */
const rejected = "sqlstate_…";
/** Rules of all types. */
const rulesOfText = ["text_nul", "text_not_unicode"];

function rulesText({ kinds }: TypeResult): string {
  const rules = new Set<string>();
  for (const { trials } of kinds) {
    for (const { outcome } of trials) {
      if (outcome.kind === "refused") rules.add(outcome.rule);
      if (outcome.kind === "rejected") rules.add(rejected);
    }
  }
  for (const rule of rulesOfText) rules.delete(rule);
  return [...rules].sort().map((rule) => `\`${rule}\``).join(", ");
}

await sharedWorld();

Deno.test("what is written is what PostgreSQL makes of the value's text, or a rule refuses it", async (t) => {
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {}, connection: { TimeZone: "UTC" } });
  try {
    await sql.unsafe(`${sampledTypesSetup}; ${attemptFunction}`);
    const results: TypeResult[] = [];
    for (const [index, type] of sampledTypes.entries()) {
      await t.step(type.type, async () => {
        results.push(await resultOf(sql, await makeColumns(sql, type, index)));
      });
    }
    await t.step("every type of PostgreSQL is among them", () => checkCompleteness(sql));
    await t.step(`${typePage} says what was found; "-- --write" writes it anew`, async () => {
      const text = await formattedMarkdown(typePageText(results, unwritableTypes));
      if (Deno.args.includes("--write")) await Deno.writeTextFile(projectFolder + typePage, text);
      assert.equal(await Deno.readTextFile(projectFolder + typePage), text);
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
});

const randomTexts = 1_500;

Deno.test("texts of types with one text per value are read as PostgreSQL reads them", async (t) => {
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {}, connection: { TimeZone: "UTC" } });
  try {
    await sql.unsafe(attemptFunction);
    for (const [index, [type, texts]] of Object.entries(textsOf).entries()) {
      await t.step(type, async () => {
        const [plain] = await makeColumns(sql, { type, texts: [] }, index);
        assert.ok(plain !== undefined);
        const samples = fc.sample(texts, { numRuns: randomTexts, seed: 17 })
          .map((value): Sample => ({ value, schema: null }));
        const trials = await tried(sql, plain, samples);
        await checkPromises(sql, plain, trials);
        const written = trials.filter(({ outcome }) => outcome.kind === "written").length;
        assert.ok(written > randomTexts / 10 && written < randomTexts, `${written} are written`);
        // The sink refuses what PostgreSQL refuses, and dates before the year 1.
        const refused = trials.filter(({ outcome }) => outcome.kind === "refused").map(({ sample }) =>
          sample
        );
        const verdicts = await judge(sql, plain, refused);
        assert.deepEqual(
          verdicts.filter((verdict) => verdict?.kind === "written" && !verdict.text.endsWith("BC")),
          [],
        );
      });
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
});

async function resultOf(sql: postgres.Sql, columns: readonly TestedColumn[]): Promise<TypeResult> {
  const [plain, ...others] = columns;
  assert.ok(plain !== undefined);
  const kinds = sampleKinds(plain.of);
  const trials = await tried(sql, plain, kinds.flatMap(({ samples }) => samples));
  await checkPromises(sql, plain, trials);
  // The others have the same encoders, so a kind of value that these refuse needs no other trial.
  const worthwhile = trials.filter(({ outcome }) =>
    outcome.kind !== "refused" || outcome.rule !== "wrong_type"
  );
  for (const tested of others) await checkShape(sql, tested, worthwhile);
  let from = 0;
  const parts = kinds.map(({ name, samples }) => ({
    name,
    trials: trials.slice(from, from += samples.length),
  }));
  return { type: plain.of, column: plain.column, kinds: parts };
}

async function checkCompleteness(sql: postgres.Sql): Promise<void> {
  const tested = await typeNames(sql, sampledTypes.map(({ type }) => type));
  const known = new Set([...unwritableTypes, ...tested]);
  const builtin = await sql<{ name: string }[]>`
    select typname as name from pg_type t
     where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
       and not exists (select from pg_type e where e.typarray = t.oid)`;
  assert.deepEqual(builtin.map(({ name }) => name).filter((name) => !known.has(name)), []);
}

/** Writes the samples and compares each with PostgreSQL's verdict. */
async function tried(
  sql: postgres.Sql,
  tested: TestedColumn,
  samples: readonly Sample[],
): Promise<readonly Trial[]> {
  const trials = await write(sql, tested, samples);
  const verdicts = await judge(sql, tested, samples);
  const wrong = trials.flatMap((trial, index) => {
    const verdict = verdicts[index] ?? null;
    return isRight(trial.outcome, verdict, tested) ? [] : [{ column: tested.shape, ...trial, verdict }];
  });
  assert.deepEqual(wrong, []);
  return trials;
}

function isRight(outcome: Outcome, verdict: Outcome | null, { of }: TestedColumn): boolean {
  if (outcome.kind === "refused") return true;
  if (verdict === null) return false;
  if (outcome.kind !== "written" || verdict.kind !== "written") {
    return outcome.kind === "rejected" && verdict.kind === "rejected" &&
      outcome.sqlstate === verdict.sqlstate;
  }
  const isNumeric = of.type.startsWith("numeric");
  return outcome.text === (isNumeric ? withoutZeros(verdict.text) : verdict.text) ||
    outcome.text === verdict.text;
}

/** The sink cuts trailing zeros of numbers without a scale; arrays have one element. */
function withoutZeros(text: string): string {
  const [, number = "", end = ""] = /^([^}]*)(}?)$/.exec(text) ?? [];
  let length = number.length;
  if (number.includes(".")) { while (number.charAt(length - 1) === "0") length -= 1; }
  return number.slice(0, number.charAt(length - 1) === "." ? length - 1 : length) + end;
}

/** Checks the column's claims about its cells. */
async function checkPromises(
  sql: postgres.Sql,
  tested: TestedColumn,
  trials: readonly Trial[],
): Promise<void> {
  const { column } = tested;
  if (column.takesEveryCell) {
    assert.deepEqual(trials.filter(({ outcome }) => outcome.kind === "rejected"), []);
  }
  if (!column.hasTextEquality) return;
  const written = trials.filter(({ outcome }) => outcome.kind === "written").map(({ cell }) => cell ?? "");
  assert.equal(await distinctValues(sql, tested), new Set(written).size);
}

/** A domain, an array or both accept what the type accepts. */
async function checkShape(sql: postgres.Sql, tested: TestedColumn, plain: readonly Trial[]): Promise<void> {
  const isArray = tested.shape.endsWith("array");
  const trials = await tried(sql, tested, plain.map(({ sample }) => isArray ? inList(sample) : sample));
  const differing = trials.filter(({ outcome }, index) => outcome.kind !== plain[index]?.outcome.kind);
  assert.deepEqual(differing.map((trial) => ({ column: tested.shape, ...trial })), []);
}

function inList({ value, schema }: Sample): Sample {
  return { value: [value], schema: schema === null ? null : new Schema("array", { values: schema }) };
}
