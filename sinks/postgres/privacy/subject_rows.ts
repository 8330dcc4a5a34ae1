/**
 * The row of one data subject: shown, sealed, blocked, unblocked.
 *
 * All of it is one statement on one row, so it is ordered against the events of that subject by the row's lock: what
 * comes before is emptied, and what comes behind meets the mark.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Cell, PlannedColumn } from "../../sql/dialect.ts";
import { asFields, fieldOf } from "../../sql/plan/record_fields.ts";
import { RowMaker } from "../../sql/plan/row_maker.ts";
import type { NewestWinsSettings, SealSettings, SinkSettings } from "../../sql/options/sink_settings.ts";
import { tableNameOf } from "../../sql/plan/table_name.ts";
import { planTable, type RowPlan } from "../../sql/plan/table_plan.ts";
import {
  catalogQuery,
  type CatalogRow,
  type PostgresTable,
  regclassText,
  tableOf,
} from "../tables/catalog.ts";
import { checkFingerprints } from "./fingerprint_check.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import type { SqlSession } from "../offsets/offset_store.ts";
import { rekeySql } from "../statements/rekey.ts";
import { arrayLiterals, columnSql, type RowWords, wordsOf } from "../statements/rows.ts";

/** A clock that is further ahead of the database's is wrong. */
const clocksApartMax = "5 minutes";

/** A table with a row a data subject. */
export interface SubjectTable {
  readonly settings: SinkSettings;
  readonly newest: NewestWinsSettings;
  readonly seal: SealSettings;
  readonly table: PostgresTable;
  readonly plan: RowPlan;
}

/** A subject's row: column and value as text, null where there is none. */
export type SubjectRow = Readonly<Record<string, string | null>>;

/**
 * Looks the table up.
 *
 * @throws ConfigException where the connector seals no rows, or the table has rows of a secret that isn't known: under
 * the wrong one the subject's row wouldn't be found, and another one be sealed
 */
export async function subjectTable(sql: SqlSession, settings: SinkSettings): Promise<SubjectTable> {
  const { newest } = settings;
  if (newest === null || newest.seal === null) {
    throw new ConfigException(
      "Cannot look for a person: Expected erasure.topics to say that the connector's rows are people",
    );
  }
  const name = tableNameOf(settings.tableNameFormat, "");
  const table = tableOf(name, await sql.unsafe<CatalogRow[]>(catalogQuery, [regclassText(name)]));
  await checkFingerprints(table, settings.fingerprints, (text, parameters) => sql.unsafe(text, parameters));
  const fields = { keyNames: settings.keyFields, valueNames: settings.whitelist };
  return { settings, newest, seal: newest.seal, table, plan: planTable(table, fields, settings) };
}

/** The row of the subject whose tombstone the record is. */
export class SubjectRows {
  readonly #sql: SqlSession;
  readonly #of: SubjectTable;
  readonly #keys: readonly Cell[];
  readonly #previous: readonly Cell[];
  /** The key's bytes, where it is a keyed hash: what the ledger may say of the subject. */
  readonly subject: Uint8Array | undefined;

  /** @param nowMs for the record's sake alone: the database's clock counts */
  constructor(sql: SqlSession, of: SubjectTable, tombstone: SinkRecord, nowMs: number) {
    const maker = new RowMaker(of.plan, of.settings, nowMs);
    this.#sql = sql;
    this.#of = of;
    this.#keys = maker.remove(tombstone, "seal").cells;
    this.#previous = maker.previousKeys(tombstone);
    const fields = asFields(tombstone.key);
    const key = fields === null ? tombstone.key : fieldOf(fields, of.settings.keyFields[0] ?? "");
    this.subject = key instanceof Uint8Array ? key : undefined;
  }

  /** The key of today as one text: rows of the same key are one. */
  get key(): string {
    return this.#keys.join("\u0000");
  }

  /** What is held, under the key of today or a former one; undefined where nothing is. */
  async find(): Promise<SubjectRow | undefined> {
    const { table, plan } = this.#of;
    const shown = [...plan.write.columns, ...plan.seal.columns].filter(({ role }) => role !== "key");
    const names = [...new Set([...shown.map(columnSql), quoteIdentifier(this.#of.seal.blockedAt)])];
    const columns = names.map((name) => `r.${name}::text as ${name}`).join(", ");
    for (const key of [this.#keys, ...this.#previous.map((cell) => [cell])]) {
      const [row] = await this.#run<SubjectRow>(
        `select ${columns} from ${table.sql} as r join (${this.#given()}) as n on ${this.#words.isSameKey}`,
        key,
      );
      if (row !== undefined) return { ...row };
    }
    return undefined;
  }

  /**
   * Empties the row for good, whatever is in it. Clocks may differ, so the mark is as late as the latest event in it, the
   * database's clock and, within reason, that of whoever gives the command.
   * Somebody who isn't there gets an empty row, so that no event brings them in later.
   */
  async seal(nowMs: number): Promise<void> {
    const { seal, newest } = this.#of;
    const latest = [
      "clock_timestamp()",
      `least(to_timestamp(${Math.trunc(nowMs)} / 1000.0), clock_timestamp() + interval '${clocksApartMax}')`,
      ...[
        newest.timeField,
        seal.reopenedAt,
        seal.sealedAt,
        ...newest.ownTimes.map((own) => own.timeColumn),
      ]
        .map((name) => `r.${quoteIdentifier(name)}`),
    ];
    await this.#mark(seal.sealedAt, [
      ...this.#emptied().map((name) => `${name} = null`),
      ...this.#position().map((name) => `${name} = null`),
      `${quoteIdentifier(seal.sealedAt)} = greatest(${latest.join(", ")})`,
    ]);
  }

  /** Blocks the row until `unblock`, whatever comes. A seal stays. */
  async block(): Promise<void> {
    const { seal } = this.#of;
    const [blocked, sealed, reopened] = [seal.blockedAt, seal.sealedAt, seal.reopenedAt]
      .map((name) => quoteIdentifier(name)) as [string, string, string];
    const keptWithMark = [reopened, ...this.#position()];
    await this.#mark(seal.blockedAt, [
      ...this.#emptied().filter((name) => name !== reopened).map((name) => `${name} = null`),
      ...keptWithMark.map((name) => `${name} = case when r.${sealed} is not null then r.${name} end`),
      `${blocked} = coalesce(r.${blocked}, clock_timestamp())`,
    ]);
  }

  /** Ends a block; false if there was none. Events from now on count again. */
  async unblock(): Promise<boolean> {
    await this.#rekey();
    const blocked = quoteIdentifier(this.#of.seal.blockedAt);
    const rows = await this.#run(
      `update ${this.#of.table.sql} as r set ${blocked} = null from (${this.#given()}) as n
        where ${this.#words.isSameKey} and r.${blocked} is not null returning 1 as done`,
      this.#keys,
    );
    return rows.length > 0;
  }

  /** Sets the mark, on the row that is there or on an empty one. */
  async #mark(column: string, sets: readonly string[]): Promise<void> {
    await this.#rekey();
    const { table, plan, settings: { fingerprints } } = this.#of;
    const marks = plan.seal.columns.filter(({ role }) => role === "fingerprint");
    const words = wordsOf({ table, columns: [...plan.remove.columns, ...marks] });
    const cells = marks.map(({ shape }) => shape.encode(fingerprints?.current ?? null));
    await this.#run(
      `insert into ${table.sql} as r (${words.names}, ${quoteIdentifier(column)})
       select ${words.names}, clock_timestamp() from (${this.#given(words)}) as n
       on conflict (${words.keys}) do update set ${sets.join(", ")}`,
      [...this.#keys, ...cells],
    );
    await this.#joinDoubles();
  }

  /**
   * A worker that still ran with the former secret alone may have made a second row since: what marks it has are kept,
   * and it goes.
   */
  async #joinDoubles(): Promise<void> {
    const { table, seal } = this.#of;
    const marks = [seal.blockedAt, seal.sealedAt].map((name) => quoteIdentifier(name));
    const [blocked, sealed] = marks;
    for (const former of this.#previous) {
      const doubles = await this.#run<Readonly<Record<"objected" | "erased", string | null>>>(
        `delete from ${table.sql} as r using (${this.#given()}) as n where ${this.#words.isSameKey}
         returning r.${blocked}::text as objected, r.${sealed}::text as erased`,
        [former],
      );
      for (const double of doubles) {
        await this.#sql.unsafe(
          `update ${table.sql} as r set ${blocked} = coalesce(r.${blocked}, $2::text::timestamptz),
                  ${sealed} = greatest(r.${sealed}, $3::text::timestamptz)
             from (${this.#given()}) as n where ${this.#words.isSameKey}`,
          [...arrayLiterals([this.#keys]), double.objected, double.erased],
        );
      }
    }
  }

  /** A row under a former key gets today's first, as it would when an event came. */
  async #rekey(): Promise<void> {
    const { plan, settings: { fingerprints } } = this.#of;
    const [key] = this.#keys;
    if (key === undefined) return;
    const text = rekeySql(plan.rekey);
    const marks = plan.fingerprint === null ? [] : [plan.fingerprint.encode(fingerprints?.rekeyMark ?? null)];
    for (const former of this.#previous) await this.#run(text, [former, key, ...marks]);
  }

  /** Columns that hold something of the subject, or of their events. */
  #emptied(): readonly string[] {
    const kept: readonly PlannedColumn["role"][] = ["key", "sealed", "position", "fingerprint"];
    return [
      ...new Set(this.#of.plan.seal.columns.filter(({ role }) => !kept.includes(role)).map(columnSql)),
    ];
  }
  #position(): readonly string[] {
    return (this.#of.newest.position ?? []).map((name) => quoteIdentifier(name));
  }
  get #words(): RowWords {
    return wordsOf(this.#of.plan.remove);
  }
  #given({ named, arrays, elements }: RowWords = this.#words): string {
    return `select ${named} from unnest(${arrays}) as u(${elements})`;
  }

  async #run<R extends object>(text: string, cells: readonly Cell[]): Promise<readonly R[]> {
    return await this.#sql.unsafe<R[]>(text, arrayLiterals([cells]));
  }
}
