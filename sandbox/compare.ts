/**
 * Compares telesales' table with its topics row by row and prints the differences as one line of JSON.
 *
 *     TELESALES_KEY_SECRET=… deno run -A --config sandbox/dev.json sandbox/compare.ts \
 *       --bootstrap HOST:PORT --admin-url URL [--topics A,B] [--registration-topics A]
 *
 * Exit code 0 if every row is correct, 1 if not, 2 for wrong arguments.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { compareWith, readContactRows } from "./compare_telesales.ts";
import { readTopics } from "./kafka/read_topics.ts";
import { TelesalesModel } from "./telesales_model.ts";

const options = {
  bootstrap: { type: "string" },
  "admin-url": { type: "string" },
  topics: { type: "string", default: "customers.registrations,customers.purchases,customers.campaigns" },
  "registration-topics": { type: "string", default: "customers.registrations" },
} as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const { bootstrap, "admin-url": adminUrl } = values;
  const secret = Deno.env.get("TELESALES_KEY_SECRET");
  if (bootstrap === undefined || adminUrl === undefined || secret === undefined) {
    console.error(
      "Cannot compare: --bootstrap, --admin-url and the variable TELESALES_KEY_SECRET are expected",
    );
    return 2;
  }
  const registrationTopics = values["registration-topics"].split(",");
  const model = new TelesalesModel({ secret, registrationTopics });
  await readTopics(bootstrap, values.topics.split(","), (record) => model.add(record));
  const comparison = compareWith(model, await readContactRows(adminUrl));
  console.log(JSON.stringify(comparison));
  return comparison.isEqual ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
