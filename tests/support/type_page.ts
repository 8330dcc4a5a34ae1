/** docs/types.md: which values each type of column takes, as the trials have shown. @module */

import type { SampledType, SampleKind } from "./type_samples.ts";
import type { TestedColumn, Trial } from "./type_table.ts";

/** What the trials of a type's plain column have shown. */
export interface TypeResult {
  readonly type: SampledType;
  readonly column: TestedColumn["column"];
  readonly kinds: readonly (Pick<SampleKind, "name"> & { readonly trials: readonly Trial[] })[];
}

/** Where the page is in the project. */
export const typePage = "docs/types.md";

const introduction = `# Column types

What the PostgreSQL sink writes into a column of each type. \`tests/integration/type_table_test.ts\` makes the table: it
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

/** The page as Markdown, before it is formatted. */
export function typePageText(results: readonly TypeResult[], unwritable: readonly string[]): string {
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

/** What they read depends on the version: up to 15 any text. */
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

/** The codes differ from version to version. */
const rejected = "sqlstate_…";
/** Of all types. */
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
