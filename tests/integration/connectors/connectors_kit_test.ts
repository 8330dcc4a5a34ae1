/** Runs the kit on each connector. New connectors are found automatically. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { findConnectorFolder, listConnectorFolders } from "../../../cli/connector_folders.ts";
import { connectorFiles } from "../../../cli/scaffold/connector_files.ts";
import { type NewConnector, readFields } from "../../../cli/scaffold/connector_spec.ts";
import { checks, connectorKit } from "../../../testing/mod.ts";

for (const folder of await listConnectorFolders()) await connectorKit(folder);

const made = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(made, { recursive: true }));
const fields = readFields("order_id:bigint,customer.region:text,total:numeric,paid_at:timestamptz");

/** Writes a connector from `new connector`, each file as `change` returns it. */
async function makeConnector(
  name: string,
  code: NewConnector["code"],
  edit: (text: string) => string = (text) => text,
): Promise<URL> {
  for (
    const { path, text } of connectorFiles({
      ...{ name, topic: "customers.purchases", fields, code },
      program: "deno task",
    })
  ) {
    await Deno.mkdir(`${made}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${made}/${path}`, edit(text));
  }
  return pathToFileURL(`${made}/connectors/${name}`);
}

// An unchanged connector from `new connector` passes too.
await connectorKit(await makeConnector("new-by-json", "none"));
await connectorKit(await makeConnector("new-with-code", "module"));

/** Inserts every row again, without offsets in the database. */
function insertsAgain(text: string): string {
  return text.replace('"upsert"', '"insert"').replace('"exactly.once.enabled": "true"', '"batch.size": "100"')
    .replace(/ {4}"egress\.columns": .*\n/, "").replace("bigint primary key", "bigint");
}

/** Common mistakes, each with the check that must find it. */
const mistakes: readonly {
  readonly is: string;
  readonly check: keyof typeof checks;
  readonly code: NewConnector["code"];
  readonly edit: (text: string) => string;
  readonly says: RegExp;
}[] = [
  {
    is: "rows are inserted and delivered again",
    check: "redelivery",
    code: "none",
    edit: insertsAgain,
    says: /nobody expects/,
  },
  {
    is: "the answer of a commit is lost, and the rows are inserted once more",
    check: "outage",
    code: "none",
    edit: insertsAgain,
    says: /nobody expects/,
  },
  {
    is: "a bad record stops its partition",
    check: "poison",
    code: "none",
    edit: (text) => text.replace('"errors.tolerance": "all"', '"errors.tolerance": "none"'),
    says: /stops its partition for ever/,
  },
  {
    is: "a bad record is skipped in silence",
    check: "poison",
    code: "none",
    edit: (text) =>
      text.replace('"errors.deadletterqueue.topic.name": "mistake-3.dlq"', '"errors.log.enable": "false"'),
    says: /must be reported/,
  },
  {
    is: "nobody has said what may be written",
    check: "canary",
    code: "none",
    edit: (text) => text.replace(/ {4}"egress\.columns": .*\n/, ""),
    says: /egress.columns must list/,
  },
  {
    is: "a message quotes the record",
    check: "canary",
    code: "module",
    edit: (text) =>
      text.replace('"Expected order_id, found none"', "JSON.stringify(Object.keys(record.value))"),
    says: /a message shows/,
  },
];

for (const [index, { is, check, code, edit, says }] of mistakes.entries()) {
  Deno.test(`the kit finds that ${is}`, async () => {
    const name = `mistake-${index}`;
    await makeConnector(name, code, edit);
    const folder = await findConnectorFolder(name, pathToFileURL(`${made}/connectors/`));
    await assert.rejects(async () => await checks[check]?.(folder), says);
  });
}
