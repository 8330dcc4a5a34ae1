/** Shows what records would change in the tables. Reads the catalog, in read-only transactions. @module */

import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import type { PreviewContext, RecordPreview, SinkPreview } from "../../../connect/api/plugins.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { badRecord } from "../../sql/isolate/bad_record.ts";
import { BatchPlanner, type PlannedBatch } from "../../sql/plan/batch_planner.ts";
import type { TablePlan, TableShape, WriteKind } from "../../sql/dialect.ts";
import { asFields, namesOf } from "../../sql/plan/record_fields.ts";
import { statementCells } from "../../sql/plan/row_maker.ts";
import type { SinkSettings } from "../../sql/options/sink_settings.ts";
import { SqlFailure } from "../../sql/sql_failure.ts";
import { type TableName, tableText } from "../../sql/plan/table_name.ts";
import type { RowChange } from "../../sql/plan/table_row.ts";
import { describeTarget } from "../connection/connection_url.ts";
import { sqlFailure } from "../connection/failures.ts";
import { lookingDialect, type PostgresDialect } from "../postgres_dialect.ts";
import { type PostgresSettings, readPostgresSettings } from "../postgres_settings.ts";
import type { Session } from "../connection/session.ts";
import type { SessionKeeper } from "../connection/session_keeper.ts";
import { readOnlyBeginSql, rollbackSql } from "../statements/transaction.ts";
import { checkTableRights } from "./table_rights.ts";

const insertKinds: ReadonlySet<WriteKind> = new Set(["insert", "upsert", "ignore"]);

/**
 * Logs in.
 *
 * @throws ConfigException for wrong options or a refused login, ConnectException if the database is away
 */
export async function openTablePreview(
  props: Props,
  { time, signal }: PreviewContext,
  { allowBroadRole }: { readonly allowBroadRole: boolean },
): Promise<SinkPreview> {
  const settings = readPostgresSettings(props);
  const { keeper, dialect } = lookingDialect(settings, {
    applicationName: "sluice-dry-run",
    allowBroadRole,
    time,
    signal,
  });
  const preview = new TablePreview({ settings, keeper, dialect, now: () => time.now() });
  try {
    await preview.connect();
  } catch (error) {
    await preview.close();
    throw error;
  }
  return preview;
}

interface TablePreviewOptions {
  readonly settings: PostgresSettings;
  readonly keeper: SessionKeeper;
  readonly dialect: PostgresDialect;
  readonly now: () => number;
}

class TablePreview implements SinkPreview {
  readonly limits = "existing rows, unique and foreign keys, checks, triggers and policies were not checked";
  readonly #options: TablePreviewOptions;
  readonly #planner: BatchPlanner;
  readonly #shapes = new Map<string, TableShape>();
  readonly #allowed = new WeakMap<TablePlan, Set<WriteKind>>();

  constructor(options: TablePreviewOptions) {
    this.#options = options;
    this.#planner = new BatchPlanner({
      settings: options.settings.sink,
      describe: (table) => this.#describe(table),
      now: options.now,
    });
  }

  async connect(): Promise<void> {
    await this.#told(() => this.#options.dialect.connect());
  }

  async of(record: SinkRecord): Promise<RecordPreview> {
    try {
      return await this.#told(async () => await this.#outcome(await this.#planner.plan([record]), record));
    } catch (error) {
      if (!(error instanceof ConfigException)) throw error;
      return { is: "stopped", error, fields: this.#placeless(record) };
    }
  }

  async close(): Promise<void> {
    await this.#options.dialect.close();
  }

  async #outcome({ bad, changes }: PlannedBatch, record: SinkRecord): Promise<RecordPreview> {
    const [first] = bad;
    if (first !== undefined) return { is: "refused", error: first.error };
    const change = changes.at(-1);
    if (change === undefined) {
      const why = record.value === null
        ? "a tombstone, and delete.enabled is off"
        : "its event is older than contact.retention.days";
      return { is: "ignored", why };
    }
    const plan = planOf(change);
    const lacking = nullProblem(change, plan, this.#options.settings.sink);
    if (lacking !== undefined) {
      const error = badRecord(record, {
        rule: "not_null",
        field: lacking,
        expected: "a value, since the column may not be NULL and nothing else gives it one",
        found: "none",
      });
      return { is: "refused", error };
    }
    await this.#checkRights(plan, change.kind);
    const fields = [...new Set(plan.columns.map(({ shape }) => shape.name))];
    return { is: "written", to: tableText(plan.table.name), how: change.kind, fields };
  }

  /** Names of fields without a column. They come from the data: a dry run prints data. */
  #placeless(record: SinkRecord): readonly string[] {
    const fields = asFields(record.value);
    if (fields === null || this.#options.settings.sink.whitelist.length > 0) return [];
    const shape = this.#shapes.get(JSON.stringify(this.#planner.tableOf(record.topic)));
    if (shape === undefined) return [];
    return namesOf(fields).filter((name) => !shape.columns.has(name) && !shape.closed.has(name));
  }

  async #describe(table: TableName): Promise<TableShape> {
    const key = JSON.stringify(table);
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const shape = await this.#readOnly(() => this.#options.dialect.describe(table));
    this.#shapes.set(key, shape);
    return shape;
  }

  async #checkRights(plan: TablePlan, kind: WriteKind): Promise<void> {
    const known = this.#allowed.get(plan) ?? new Set();
    if (known.has(kind)) return;
    await this.#readOnly((session) => checkTableRights(session, plan, kind));
    this.#allowed.set(plan, known.add(kind));
  }

  /** Runs in a transaction of its own, so that a pooler's shared connection keeps no settings. */
  async #readOnly<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#options.keeper.session();
    await session.query(readOnlyBeginSql);
    try {
      return await work(session);
    } finally {
      if (!session.isLost) await session.query(rollbackSql);
    }
  }

  async #told<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ConnectException || error instanceof ConfigException) throw error;
      const { message } = error instanceof SqlFailure ? error : sqlFailure(error, "bookkeeping");
      const { target } = this.#options.settings;
      throw new ConnectException(`Cannot look at the database ${describeTarget(target)}: ${message}`);
    }
  }
}

function planOf({ kind, plan }: RowChange): TablePlan {
  if (kind === "delete") return plan.remove;
  if (kind === "seal") return plan.seal;
  return kind === "rekey" ? plan.rekey : plan.write;
}

/** The problem of a required column without a value. */
function nullProblem(change: RowChange, plan: TablePlan, settings: SinkSettings): string | undefined {
  // A trigger may still give it a value.
  if (plan.table.rules.order !== "apart" || !(insertKinds.has(change.kind) || change.kind === "update")) {
    return undefined;
  }
  const cells = statementCells(change, settings)(change);
  const given = plan.columns.find(({ shape }, index) =>
    !shape.isNullable && cells[index] === change.plan.nullCell
  );
  if (given !== undefined) return given.shape.name;
  if (change.kind === "update") return undefined;
  return plan.table.rules.required.find((name) => plan.columns.every(({ shape }) => shape.name !== name));
}
