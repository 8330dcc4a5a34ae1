/** PostgreSQL as a SQL sink uses it: one connection, one transaction per put. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Logger } from "../../connect/api/ports.ts";
import type { PartitionMap, TopicPartition } from "../../connect/api/record.ts";
import type {
  OpenedPartition,
  RowsStatement,
  SqlTransaction,
  TableShape,
  TransactionEnd,
  WriteCount,
} from "../sql/dialect.ts";
import type { SpanDialect, SpanSqlDialect } from "../sql/span_dialect.ts";
import type { KeyFingerprints } from "../sql/options/sink_settings.ts";
import { SqlFailure } from "../sql/sql_failure.ts";
import { type TableName, tableText } from "../sql/plan/table_name.ts";
import {
  type CatalogRow,
  checkedBy,
  type PostgresTable,
  regclassText,
  type RulesRow,
  tableOf,
} from "./tables/catalog.ts";
import { checkCommitted, isDatabaseError, sqlFailure } from "./connection/failures.ts";
import { checkFingerprints } from "./privacy/fingerprint_check.ts";
import { PostgresHousekeeping } from "./privacy/housekeeping.ts";
import { PostgresSpans } from "./postgres_spans.ts";
import { NewestWinsWay, PostgresTransaction } from "./postgres_transaction.ts";
import type { PartitionOpener } from "./offsets/partition_opener.ts";
import type { Session } from "./connection/session.ts";
import { SessionKeeper, type SessionKeeperOptions } from "./connection/session_keeper.ts";
import type { PostgresSettings } from "./postgres_settings.ts";
import { tableCheck } from "./privacy/role_check.ts";
import { beginSql, commitSql, rollbackSql, type TransactionLimits } from "./statements/transaction.ts";
import { tableColumnsSql, tableRulesSql } from "./statements/table_look.ts";
import { checkTableRights } from "./tables/table_rights.ts";

interface PostgresDialectOptions {
  readonly keeper: SessionKeeper;
  readonly limits: TransactionLimits;
  readonly fingerprints: KeyFingerprints | null;
  /** For exactly once; null if it's off. */
  readonly opener: PartitionOpener | null;
  /** Checks a table before its first use; throws ConfigException if it may not be used. */
  readonly checkTable: (session: Session, table: TableName) => Promise<void>;
}

/** Makes a dialect that reads tables and never writes. */
export function lookingDialect(
  settings: PostgresSettings,
  { allowBroadRole, ...connection }: Pick<SessionKeeperOptions, "applicationName" | "time" | "signal"> & {
    readonly allowBroadRole: boolean;
  },
): { readonly keeper: SessionKeeper; readonly dialect: PostgresDialect } {
  const { sink, limits } = settings;
  const keeper = new SessionKeeper({ ...connection, settings, logger: silent });
  const checkTable = tableCheck(sink, { allowBroadRole, logger: silent });
  const dialect = new PostgresDialect({
    ...{ keeper, limits, checkTable },
    fingerprints: sink.fingerprints,
    opener: null,
  });
  return { keeper, dialect };
}

const ignore = () => {};
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, with: () => silent };

/** After these errors the connection is still good. */
const connectionIsFine: ReadonlySet<string | null> = new Set(["55P03", "57014"]);

/** A table, and the catalog rows that describe it. */
interface KnownTable {
  readonly text: string;
  readonly shape: PostgresTable;
}

/** The dialect. It caches tables until `lookAgain`. */
export class PostgresDialect implements SpanSqlDialect {
  readonly #options: PostgresDialectOptions;
  readonly #tables = new Map<string, KnownTable>();
  readonly #way = new NewestWinsWay();
  readonly spans: SpanDialect;

  constructor(options: PostgresDialectOptions) {
    this.#options = options;
    this.spans = new PostgresSpans({
      ...options,
      ...{ store: options.opener?.store ?? null, way: this.#way },
      guarded: (session, work) => this.#guarded(session, work),
    });
  }

  get address(): string {
    return this.#options.keeper.address;
  }
  async check(): Promise<void> {
    await this.#options.keeper.check();
  }

  async connect(): Promise<void> {
    await this.#options.keeper.session();
  }

  async describe(table: TableName): Promise<TableShape> {
    return this.#tables.get(regclassText(table))?.shape ?? (await this.#look(table)).shape;
  }

  async lookAgain(tables: readonly TableName[]): Promise<boolean> {
    let hasChanged = false;
    for (const table of tables) {
      const known = this.#tables.get(regclassText(table));
      const found = await this.#look(table);
      if (known !== undefined && found !== known) hasChanged = true;
    }
    return hasChanged;
  }

  /** Reads the table from the catalog; an unchanged table keeps its object. */
  async #look(table: TableName): Promise<KnownTable> {
    const { keeper, fingerprints, checkTable } = this.#options;
    const name = regclassText(table);
    const session = await keeper.session();
    const ask = () =>
      this.#ask(session, () =>
        Promise.all([
          session.query<CatalogRow>(tableColumnsSql, [name]),
          session.query<RulesRow>(tableRulesSql, [name]),
        ]));
    let [columns, rules] = await ask();
    // A table that another transaction puts in place of the old one can be seen without its columns for a moment.
    if (columns.length === 0) [columns, rules] = await ask();
    const text = JSON.stringify([columns, rules]);
    const known = this.#tables.get(name);
    if (known?.text === text) return known;
    // Several names may stand for one table: its rows are planned together.
    const same = [...this.#tables.values()].find((one) => one.text === text);
    if (same !== undefined) {
      this.#tables.set(name, same);
      return same;
    }
    const [found] = rules;
    const shape = { ...tableOf(table, columns), ...checkedBy(found, columns) };
    await this.#ask(session, () => checkTable(session, table));
    await checkFingerprints(
      shape,
      fingerprints,
      (query, parameters) => this.#ask(session, () => session.query(query, parameters)),
    );
    const look = { text, shape };
    this.#tables.set(name, look);
    return look;
  }

  async checkStatements(statements: readonly RowsStatement[]): Promise<void> {
    for (const statement of onePerPlan(statements)) {
      const failure = await this.#failureWithoutRows(statement);
      if (failure === null) continue;
      const { plan, kind } = statement;
      const session = await this.#options.keeper.session();
      await this.#ask(session, () => checkTableRights(session, plan, kind));
      throw new ConfigException(
        `Cannot write to table ${tableText(plan.table.name)}: ${failure.message}: the database refuses the ` +
          `statement itself, also without any row (insert.mode ${kind}): look at what the table or view allows`,
      );
    }
  }

  /** A statement that fails without any row has no bad record. */
  async #failureWithoutRows(statement: RowsStatement): Promise<SqlFailure | null> {
    const session = await this.#options.keeper.session();
    const tx = new PostgresTransaction(session, null, null);
    try {
      await this.#guarded(session, async () => {
        await session.query(beginSql(session.facts.version, this.#options.limits, true));
        await tx.tryWithoutRows(statement);
        await session.query(rollbackSql);
      });
      return null;
    } catch (error) {
      if (error instanceof SqlFailure && (error.kind === "structure" || error.kind === "data")) return error;
      throw error;
    }
  }

  async writeAll(statements: readonly RowsStatement[]): Promise<readonly WriteCount[]> {
    if (statements.length === 0) return [];
    const session = await this.#options.keeper.session();
    const tx = new PostgresTransaction(session, null, null);
    const isJoin = statements.some(({ kind }) => isJoinKind(kind));
    return await this.#guarded(session, async () => {
      // All statements are sent at once. After a failed statement, commit rolls back.
      const [, counts, committed] = await Promise.all([
        session.query(beginSql(session.facts.version, this.#options.limits, isJoin)),
        Promise.all(statements.map((statement) => tx.write(statement))),
        session.query(commitSql),
      ]);
      checkCommitted(committed);
      return counts;
    });
  }

  async transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T> {
    const { keeper, limits, opener } = this.#options;
    const session = await keeper.session();
    const tx = new PostgresTransaction(session, opener?.store ?? null, this.#way);
    return await this.#guarded(session, async () => {
      const [, { by, result }] = await Promise.all([
        session.query(beginSql(session.facts.version, limits, true)),
        work(tx),
      ]);
      if (by === "rollback") await this.#recover(session, null);
      else {
        checkCommitted(await session.query(commitSql));
        this.#way.committed();
      }
      return result;
    });
  }

  async openOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<OpenedPartition>> {
    const { keeper, opener, limits } = this.#options;
    if (opener === null) throw new Error("Cannot open offsets: exactly once is off");
    const session = await keeper.session();
    return await this.#guarded(
      session,
      () => opener.open(session, partitions, beginSql(session.facts.version, limits, false)),
      "bookkeeping",
    );
  }

  readonly housekeeping = new PostgresHousekeeping(
    async <R extends object>(text: string, parameters: string[]) => {
      const { keeper, limits } = this.#options;
      const session = await keeper.session();
      return await this.#guarded(session, async () => {
        await session.query(beginSql(session.facts.version, limits, false));
        const answer = await session.query<R>(text, parameters);
        checkCommitted(await session.query(commitSql));
        return answer;
      }, "bookkeeping");
    },
  );

  async close(): Promise<void> {
    await this.#options.keeper.close();
  }

  /** Runs a transaction. After a failure the session is usable again, or dropped. */
  async #guarded<T>(
    session: Session,
    work: () => Promise<T>,
    kind: "rows" | "bookkeeping" = "rows",
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#way.failed();
      const failure = isDatabaseError(error) ? sqlFailure(error, kind) : null;
      await this.#recover(session, failure);
      throw failure ?? error;
    }
  }

  async #recover(session: Session, failure: SqlFailure | null): Promise<void> {
    const isSuspect = failure !== null && failure.kind !== "data" && failure.kind !== "retry_now" &&
      failure.kind !== "structure" && failure.kind !== "config" &&
      !connectionIsFine.has(failure.facts.sqlstate);
    if (session.isLost || isSuspect) return this.#options.keeper.drop();
    try {
      await session.query(rollbackSql);
    } catch {
      this.#options.keeper.drop(); // the failure itself is thrown
    }
  }

  async #ask<R>(session: Session, ask: () => Promise<R>): Promise<R> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ConfigException) throw error;
      const failure = sqlFailure(error, "bookkeeping");
      if (session.isLost || failure.kind === "outage") this.#options.keeper.drop();
      throw failure;
    }
  }
}

function onePerPlan(statements: readonly RowsStatement[]): readonly RowsStatement[] {
  return [...new Map(statements.map((one) => [one.plan, one])).values()];
}

/** Kinds that find rows by a join. */
function isJoinKind(kind: RowsStatement["kind"]): boolean {
  return kind === "update" || kind === "delete" || kind === "rekey";
}
