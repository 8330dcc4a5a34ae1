/**
 * What every connector must stand: six tests for a connector's folder, on a real PostgreSQL that its own migrations have
 * prepared. They need nothing but the folder: the records are those of its `example.json`.
 *
 * | test        | what happens                                                                | what has to hold                              |
 * | ----------- | --------------------------------------------------------------------------- | --------------------------------------------- |
 * | redelivery  | everything is delivered again, to the same task and to a new one            | the tables are as after the first time        |
 * | rebalance   | another task takes over, and the old one goes on for a while                | the rows are those of the example             |
 * | poison      | records that nobody can read stand between the others                       | all others arrive, and each poison is refused |
 * | outage      | connections break before a commit, after it, and in between                 | the rows are those of the example             |
 * | erasure     | every person of the example is erased, then everything is delivered again   | nothing of them is left, and nothing comes back |
 * | canary      | marks stand wherever nothing may leave, and nobody's names are declared     | no mark is in a table, a log or a message     |
 *
 * @example For a folder of your own
 * ```ts ignore
 * // orders_test.ts; deno test -A --config <sluice>/sandbox/dev.json orders_test.ts
 * import { connectorKit } from "@sluice/sluice/kit";
 *
 * await connectorKit(new URL("./connectors/orders/", import.meta.url));
 * ```
 *
 * @module
 */

import { type ConnectorFolder, findConnectorFolder } from "../cli/connector_folders.ts";
import { sharedWorld } from "../tests/support/world.ts";
import { outage, rebalance, redelivery } from "./delivery_checks.ts";
import type { Check } from "./kit_run.ts";
import { canary, erasure, poison } from "./privacy_checks.ts";

/** The checks by name, each a promise of what is said above. */
export const checks: Readonly<Record<string, Check>> = {
  redelivery,
  rebalance,
  poison,
  outage,
  erasure,
  canary,
};

/** Registers the tests of one connector folder. */
export async function connectorKit(folder: ConnectorFolder | URL): Promise<void> {
  const found = folder instanceof URL ? await folderAt(folder) : folder;
  await sharedWorld();
  for (const [name, check] of Object.entries(checks)) {
    Deno.test(`connectors/${found.name} stands ${name}`, () => check(found));
  }
}

async function folderAt(url: URL): Promise<ConnectorFolder> {
  const own = new URL(url.href.replace(/\/*$/, "/"));
  const name = decodeURIComponent(own.pathname.split("/").at(-2) ?? "");
  return await findConnectorFolder(name, new URL("../", own));
}
