/**
 * What every connector must pass: six tests for a connector's folder, on a real PostgreSQL prepared by its own
 * migrations. The records are those of its `example.json`.
 *
 * | test       | what happens                                                               | what must hold                              |
 * | ---------- | -------------------------------------------------------------------------- | ------------------------------------------- |
 * | redelivery | all records are delivered again, to the same task and to a new one          | the tables don't change                     |
 * | rebalance  | another task takes over, and the old one still writes                       | the rows are those of the example           |
 * | poison     | unreadable records come between the others                                 | the others arrive, each poison is refused   |
 * | outage     | connections break before a commit, after it, and between batches           | the rows are those of the example           |
 * | erasure    | every person of the example is erased, then all records are delivered again | no personal data is left or comes back      |
 * | canary     | marks are in dropped fields, undeclared fields, headers and bad records     | no mark is in a table, a log or a message   |
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

/** The checks by name. */
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
    Deno.test(`connectors/${found.name} passes ${name}`, () => check(found));
  }
}

async function folderAt(url: URL): Promise<ConnectorFolder> {
  const own = new URL(url.href.replace(/\/*$/, "/"));
  const name = decodeURIComponent(own.pathname.split("/").at(-2) ?? "");
  return await findConnectorFolder(name, new URL("../", own));
}
