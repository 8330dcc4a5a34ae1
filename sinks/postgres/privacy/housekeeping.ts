/** The ledger and the purge of old rows, in PostgreSQL. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Housekeeping, PurgeOrder, PurgeResult } from "../../sql/dialect.ts";
import type { LedgerEntry, LedgerRange } from "../../sql/write/ledger.ts";
import { tableNameOf } from "../../sql/plan/table_name.ts";
import { regclassText } from "../tables/catalog.ts";
import { sqlFailure } from "../connection/failures.ts";
import {
  addEntryOfSubjectSql,
  addEntrySql,
  ledgerColumns,
  ledgerTable,
  mayAddSql,
  mayCallSql,
  purgeNothingSql,
  purgeSql,
  tendLedgerSql,
} from "../statements/ledger.ts";

/** Runs one statement, in a transaction of its own or in an open one. */
type RunStatement = <R extends object>(text: string, parameters: string[]) => Promise<readonly R[]>;

/** Writes the ledger and purges rows by statements. Their errors are thrown unchanged. */
export class PostgresHousekeeping implements Housekeeping {
  readonly #run: RunStatement;

  constructor(run: RunStatement) {
    this.#run = run;
  }

  async checkLedger(): Promise<void> {
    const [found] = await this.#run<{ may: boolean | null }>(
      mayAddSql,
      [ledgerTable, JSON.stringify(ledgerColumns)],
    );
    if (found?.may === true) return;
    const why = found?.may === false ? "this role may not add to it" : "it isn't there";
    throw new ConfigException(
      `Cannot keep the ledger ${ledgerTable}: ${why}; run deno task migrate, or set audit.ledger.enabled=false`,
    );
  }

  async checkRetention({ function: name, days }: { readonly function: string; readonly days: number }) {
    const signature = `${regclassText(tableNameOf(name, ""))}(timestamptz, int)`;
    const [found] = await this.#run<{ may: boolean | null }>(
      mayCallSql,
      [signature],
    );
    const why = found?.may === true
      ? await this.#whyNotPurged(name, days)
      : found?.may === false
      ? "this role may not call it"
      : "it isn't there";
    if (why === null) return;
    throw new ConfigException(
      `Cannot empty rows after contact.retention.days by ${name}(timestamptz, int) of contact.retention.function: ` +
        `${why}; run deno task migrate`,
    );
  }

  /** Calls the function for no rows, which it refuses for the same reasons. */
  async #whyNotPurged(name: string, days: number): Promise<string | null> {
    const called = regclassText(tableNameOf(name, ""));
    try {
      await this.#run(purgeNothingSql(called), [String(days)]);
      return null;
    } catch (error) {
      const { sqlstate } = sqlFailure(error, "bookkeeping").facts;
      if (sqlstate === nothingStored) return "migrate has stored no days for it";
      if (sqlstate === keptForLonger) return "the days that migrate has stored for it are more";
      throw error;
    }
  }

  async note(entry: LedgerEntry): Promise<void> {
    const text = entry.subject === undefined ? addEntrySql : addEntryOfSubjectSql;
    await this.#run(text, [JSON.stringify(entryOf(entry))]);
  }

  async purge({ rows, ledgerDays }: PurgeOrder): Promise<PurgeResult> {
    const done = rows === null ? undefined : await this.#purgeRows(rows);
    const kept = ledgerDays === null ? undefined : await this.#tendLedger(ledgerDays);
    return {
      emptied: done?.emptied ?? 0,
      removed: done?.removed ?? 0,
      ledgerPartitionsDropped: kept?.dropped ?? 0,
    };
  }

  async #purgeRows({ function: name, olderThan, rowsMax }: NonNullable<PurgeOrder["rows"]>) {
    const called = regclassText(tableNameOf(name, ""));
    const [result] = await this.#run<{ emptied: number; removed: number }>(
      purgeSql(called),
      [olderThan.toISOString(), String(rowsMax)],
    );
    return result;
  }

  async #tendLedger(days: number) {
    const [result] = await this.#run<{ dropped: number }>(tendLedgerSql, [String(days)]);
    return result;
  }
}

/** SQLSTATEs that the purge function raises. */
const [nothingStored, keptForLonger] = ["55000", "22023"];

function entryOf(
  { event, connector, clusterId, taskId, configHash, columns, ranges, counts, subject }: LedgerEntry,
) {
  return {
    ...{ event, connector, cluster: clusterId, task: taskId, config: configHash, columns, counts },
    ranges: ranges === undefined ? undefined : rangesByTopic(ranges),
    subject: subject?.toHex(),
  };
}

/** `{"people": {"0": [["17", "20"]]}}`; offsets are text, since they may be larger than JSON's numbers. */
function rangesByTopic(ranges: readonly LedgerRange[]) {
  const topics: Record<string, Record<string, [string, string][]>> = {};
  for (const { at, from, next } of ranges) {
    const partitions = topics[at.topic] ??= {};
    (partitions[at.partition] ??= []).push([String(from), String(next)]);
  }
  return topics;
}
