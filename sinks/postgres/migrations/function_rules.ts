/**
 * The rules that the database's functions hold a worker's login to. `migrate` stores them where the worker can't change
 * them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { SinkSettings } from "../../sql/options/sink_settings.ts";
import { tableNameOf, tableText } from "../../sql/plan/table_name.ts";
import { ledgerUpkeep } from "../statements/ledger.ts";
import { deleteRulesSql, storeRuleSql } from "../statements/migrations.ts";
import type { SqlSession } from "../connection/session.ts";

/** Rules by function, `schema.name`. A function that isn't listed keeps its stored rules. */
export type FunctionRules = ReadonlyMap<string, Readonly<Record<string, unknown>> | "not known">;

/** Replaces the stored rules of a connector. */
export async function storeRules(tx: SqlSession, connector: string, rules: FunctionRules): Promise<void> {
  await tx.unsafe(deleteRulesSql, [connector, JSON.stringify([...rules.keys()])]);
  for (const [name, rule] of rules) {
    if (rule === "not known") continue;
    await tx.unsafe(storeRuleSql, [connector, name, JSON.stringify(rule)]);
  }
}

/**
 * Returns the rules that a connector's options ask for.
 *
 * @example
 * ```ts
 * import { readSinkSettings } from "../../sql/options/option_rules.ts";
 * import { rulesOf } from "./function_rules.ts";
 * const rules = rulesOf(readSinkSettings({
 *   "connection.url": "postgres://writer@db/bank2",
 *   "insert.mode": "upsert",
 *   "pk.mode": "record_key",
 *   "pk.fields": "id",
 *   "newest.wins.field": "at",
 *   "contact.retention.days": "30",
 *   "contact.retention.function": "crm.purge",
 * }));
 * if (JSON.stringify(rules.get("crm.purge")) !== '{"days":30}') throw new Error("what the function has to keep to");
 * ```
 */
export function rulesOf({ retention, ledger, fingerprints }: SinkSettings): FunctionRules {
  const rules = new Map<string, Readonly<Record<string, unknown>>>();
  const { days, function: purge } = retention;
  if (days !== null && purge !== null) rules.set(functionName(purge), { days });
  if (ledger !== null) rules.set(ledgerUpkeep, { days: ledger.retentionDays });
  const { current = "", accepted = [], rekey = null } = fingerprints ?? {};
  const previous = accepted.filter((fingerprint) => fingerprint !== current);
  if (rekey !== null && previous.length > 0) {
    const word = createHash("sha256").update(rekey.word).digest("hex");
    rules.set(functionName(rekey.function), { current, previous, word });
  }
  return rules;
}

/** Returns a function's name as the rules store it. */
export function functionName(option: string): string {
  return tableText(tableNameOf(option, ""));
}
