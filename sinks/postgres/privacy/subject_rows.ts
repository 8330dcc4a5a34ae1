/**
 * The row of one data subject: show, seal, block, unblock.
 *
 * Each command is one statement on one row, so the row's lock orders it against the subject's events: earlier data is
 * emptied, and later events meet the mark.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Subject, SubjectRow } from "../../sql/database.ts";
import type { Cell, PlannedColumn, TablePlan } from "../../sql/dialect.ts";
import { asFields, fieldOf } from "../../sql/plan/record_fields.ts";
import { RowMaker } from "../../sql/plan/row_maker.ts";
import type { NewestWinsSettings, SealSettings, SinkSettings } from "../../sql/options/sink_settings.ts";
import { tableNameOf } from "../../sql/plan/table_name.ts";
import { planTable, type RowPlan } from "../../sql/plan/table_plan.ts";
import { type CatalogRow, type PostgresTable, regclassText, tableOf } from "../tables/catalog.ts";
import { checkFingerprints } from "./fingerprint_check.ts";
import { tableColumnsSql } from "../statements/table_look.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import type { SqlSession } from "../connection/session.ts";
import { rekeySql } from "../statements/rekey.ts";
import { arrayLiterals, columnSql } from "../statements/rows.ts";
import {
  blockSql,
  deleteDoubleSql,
  joinDoubleSql,
  type MarkColumns,
  sealSubjectSql,
  showSql,
  unblockSql,
} from "../statements/subject.ts";

/** A table with one row per data subject. */
interface SubjectTable {
  readonly settings: SinkSettings;
  readonly newest: NewestWinsSettings;
  readonly seal: SealSettings;
  readonly table: PostgresTable;
  readonly plan: RowPlan;
}

/**
 * Finds and checks the table.
 *
 * @throws ConfigException if the connector seals no rows, or the table has rows of an unknown secret: the wrong secret
 *   would miss the subject's row and seal another
 */
export async function subjectTable(sql: SqlSession, settings: SinkSettings): Promise<SubjectTable> {
  const { newest } = settings;
  if (newest === null || newest.seal === null) {
    throw new ConfigException(
      "Cannot look for a person: Expected erasure.topics to be set, since only then the connector's rows are people",
    );
  }
  const name = tableNameOf(settings.tableNameFormat, "");
  const table = tableOf(name, await sql.unsafe<CatalogRow[]>(tableColumnsSql, [regclassText(name)]));
  await checkFingerprints(table, settings.fingerprints, (text, parameters) => sql.unsafe(text, parameters));
  const fields = { keyNames: settings.keyFields, valueNames: settings.whitelist };
  return { settings, newest, seal: newest.seal, table, plan: planTable(table, fields, settings) };
}

/** The row of the subject whose tombstone the record is. */
export class SubjectRows implements Subject {
  readonly #sql: SqlSession;
  readonly #of: SubjectTable;
  readonly #keys: readonly Cell[];
  readonly #previous: readonly Cell[];
  /** The key's bytes if it is a keyed hash: what the ledger may show of the subject. */
  readonly subject: Uint8Array | undefined;

  /** @param nowMs time of the tombstone; the seal takes the database's clock */
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

  get key(): string {
    return this.#keys.join("\u0000");
  }

  async find(): Promise<SubjectRow | undefined> {
    const { plan } = this.#of;
    const shown = [...plan.write.columns, ...plan.seal.columns].filter(({ role }) => role !== "key");
    const names = [...new Set([...shown.map(columnSql), quoteIdentifier(this.#of.seal.blockedAt)])];
    const text = showSql(plan.remove, names);
    for (const key of [this.#keys, ...this.#previous.map((cell) => [cell])]) {
      const [row] = await this.#run<SubjectRow>(text, key);
      if (row !== undefined) return { ...row };
    }
    return undefined;
  }

  async seal(nowMs: number): Promise<void> {
    const { seal, newest } = this.#of;
    const times = [
      newest.timeField,
      seal.reopenedAt,
      seal.sealedAt,
      ...newest.ownTimes.map((own) => own.timeColumn),
    ].map((name) => quoteIdentifier(name));
    await this.#mark(sealSubjectSql(this.#marked(), this.#columns(), times, nowMs));
  }

  async block(): Promise<void> {
    await this.#mark(blockSql(this.#marked(), this.#columns()));
  }

  async unblock(): Promise<boolean> {
    await this.#rekey();
    const rows = await this.#run(unblockSql(this.#of.plan.remove, this.#columns()), this.#keys);
    return rows.length > 0;
  }

  /** Sets the mark on the subject's row, or on a new empty one. */
  async #mark(text: string): Promise<void> {
    await this.#rekey();
    const { plan, settings: { fingerprints } } = this.#of;
    const cells = fingerprintsOf(plan).map(({ shape }) => shape.encode(fingerprints?.current ?? null));
    await this.#run(text, [...this.#keys, ...cells]);
    await this.#joinDoubles();
  }

  /**
   * A worker that still ran with the former secret alone may have added a second row: moves its marks, and deletes it.
   */
  async #joinDoubles(): Promise<void> {
    const { remove } = this.#of.plan;
    const columns = this.#columns();
    for (const former of this.#previous) {
      const doubles = await this.#run<Readonly<Record<"blocked" | "sealed", string | null>>>(
        deleteDoubleSql(remove, columns),
        [former],
      );
      for (const double of doubles) {
        await this.#sql.unsafe(
          joinDoubleSql(remove, columns),
          [...arrayLiterals([this.#keys]), double.blocked, double.sealed],
        );
      }
    }
  }

  /** Gives a row with a former key the current key, as the next event would. */
  async #rekey(): Promise<void> {
    const { plan, settings: { fingerprints } } = this.#of;
    const [key] = this.#keys;
    if (key === undefined) return;
    const text = rekeySql(plan.rekey);
    const marks = plan.fingerprint === null ? [] : [plan.fingerprint.encode(fingerprints?.rekeyMark ?? null)];
    for (const former of this.#previous) await this.#run(text, [former, key, ...marks]);
  }

  #columns(): MarkColumns {
    const { plan, seal, newest } = this.#of;
    const kept: readonly PlannedColumn["role"][] = ["key", "sealed", "position", "fingerprint"];
    return {
      sealed: quoteIdentifier(seal.sealedAt),
      blocked: quoteIdentifier(seal.blockedAt),
      reopened: quoteIdentifier(seal.reopenedAt),
      position: (newest.position ?? []).map((name) => quoteIdentifier(name)),
      emptied: [
        ...new Set(plan.seal.columns.filter(({ role }) => !kept.includes(role)).map(columnSql)),
      ],
    };
  }

  /** The plan of the key and its fingerprint. */
  #marked(): TablePlan {
    const { plan } = this.#of;
    return { ...plan.remove, columns: [...plan.remove.columns, ...fingerprintsOf(plan)] };
  }

  async #run<R extends object>(text: string, cells: readonly Cell[]): Promise<readonly R[]> {
    return await this.#sql.unsafe<R[]>(text, arrayLiterals([cells]));
  }
}

function fingerprintsOf({ seal }: RowPlan): readonly PlannedColumn[] {
  return seal.columns.filter(({ role }) => role === "fingerprint");
}
