/** Only `domain/`, the connectors and the sandbox know a business: what serves all connectors has no word of telesales. */

import assert from "node:assert/strict";
import { sourceFiles, textOf } from "./source_files.ts";

const serving = /^(connect|sinks|cli)\/.*\.([jt]s|html)$|^mod\.ts$/;
const words = /telesales|contact|customer|phone|region|registration|registered|objection|objected/gi;

/** Words that are left, by file, and why. Nothing may be added. */
const left: Readonly<Record<string, string>> = {
  "cli/commands.ts: contact, customer, objection, region":
    "purge and subject say what they do; an example of a field in a help text",
  "cli/commands/migrate.ts: contact": "name of an option that is in use: contact.retention.*",
  "cli/commands/purge.ts: contact":
    "says what it empties; name of an option that is in use: contact.retention.*",
  "cli/commands/subject.ts: objected, objection, registration":
    "the command's own words; objected is an event of the ledger",
  "cli/governance/subject_keys.ts: customer": "looks for the option customer.id.form of a transformation",
  "connect/transforms/projection.ts: customer": "an example of a field in an error's text",
  "sinks/postgres/connection/connection_check.ts: contact":
    "name of an option that is in use: contact.retention.*",
  "sinks/postgres/privacy/housekeeping.ts: contact": "name of an option that is in use: contact.retention.*",
  "sinks/postgres/statements/ledger.ts: objected": "event of the ledger's rows, which are kept",
  "sinks/postgres/tables/table_preview.ts: contact": "name of an option that is in use: contact.retention.*",
  "sinks/sql/options/option_rules.ts: contact": "name of an option that is in use: contact.retention.*",
  "sinks/sql/options/sink_settings.ts: contact, registration":
    "options that are in use: contact.retention.*, erasure.lifted.by=registration",
  "sinks/sql/options/sluice_keys.ts: contact, objected, registered, registration":
    "options that are in use: contact.retention.*, erasure.lifted.by, defaults of erasure.columns",
  "sinks/sql/write/ledger.ts: objected": "event of the ledger's rows, which are kept",
};

/** Words of the business in code, each once; a comment may tell of any example. */
function businessWords(text: string): readonly string[] {
  const code = text.replaceAll(/^ *\/?\*.*$/gm, "").replaceAll(/(^|\s)\/\/ .*$/gm, "");
  return [...new Set([...code.matchAll(words)].map(([word]) => word.toLowerCase()))].sort();
}

Deno.test("the code of connect, sinks and cli has no word of telesales", async () => {
  const found: string[] = [];
  for (const path of (await sourceFiles()).filter((path) => serving.test(path))) {
    const words = businessWords(await textOf(path));
    if (words.length > 0) found.push(`${path}: ${words.join(", ")}`);
  }
  assert.deepEqual(found, Object.keys(left), "say it in words of any row, or in domain/ and connectors/");
});

Deno.test("words of telesales are found in names, texts and options, and not in comments", () => {
  const code = [
    "/** A customer of telesales. */",
    "const liftedByRegistration = 1; // as the phone says",
    'const option = "contact.retention.days";',
    "const url = `https://host/${registry}`;",
  ].join("\n");
  assert.deepEqual(businessWords(code), ["contact", "registration"]);
});
