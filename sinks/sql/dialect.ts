/**
 * The port to a database: what delivery needs of it. The flow of `put` is the same for all databases.
 *
 * To add one:
 * 1. `sinks/<name>/`: a {@link SqlDialect} with its {@link SqlTransaction} and {@link Housekeeping}, an `SqlDatabase`
 *    (database.ts) for the commands, and a plugin that gives both to an `SqlSinkTask`, as `sinks/postgres/postgres_sink.ts`
 *    does. The folder is the only one that imports the driver: a line in tests/tidy/import_table.ts.
 * 2. Each error becomes an `SqlFailure` of one of the kinds in sql_failure.ts: away or busy is `outage`, a deadlock
 *    `retry_now`, a limit of time `timeout`, a refused login `auth`, a value or constraint `data`, a name or right
 *    `structure`. `isEcho` marks what fails only behind another failure. A text names columns and codes, never a value.
 * 3. `describe` tells what else looks at a row ({@link TableRules}). What can't be known is `one_by_one`.
 * 4. `encode` makes cells: equal cells of a key are equal keys to the database, or `hasTextEquality` is false.
 * 5. Each statement stands whole in `sinks/<name>/statements/`, with a golden text in the unit tests.
 * 6. `tests/contract/sink_<name>_test.ts` runs the contract suites on it, with a `SinkWorld` as in
 *    tests/support/sinks/postgres_sink_world.ts. The commands' tests are tests/integration/{privacy,cli}.
 * 7. A line in `sinks/mod.ts`. Commands find the database by the connector's class.
 *
 * @module
 */

import type { PartitionMap, SinkRecord, TopicPartition } from "../../connect/api/record.ts";
import type { ConnectValue, Schema } from "../../connect/api/schema.ts";
import type { LedgerEntry } from "./write/ledger.ts";
import type { TableName } from "./plan/table_name.ts";

/** A value in the form in which the dialect sends it, checked and ready. Equal cells of a key are equal keys. */
export type Cell = string;

/** A column of a table, with the way into it. */
export interface ColumnShape {
  readonly name: string;
  /**
   * Turns a value into a cell; null into the one cell that all columns have for it.
   *
   * @param schema Connect's schema of the value; null or undefined for schemaless data
   * @throws CellProblem if the column can't hold the value
   */
  encode(value: ConnectValue, schema?: Schema | null): Cell;
  /** Whether it holds points in time, as newest wins needs. Such columns all take the same cell for a moment. */
  readonly isInstant: boolean;
  /** Whether two cells are the same text exactly if the database takes their values for equal. */
  readonly hasTextEquality: boolean;
  /** Whether the database takes every cell that `encode` makes, NULL aside. */
  readonly takesEveryCell: boolean;
  /** Whether the database takes NULL. */
  readonly isNullable: boolean;
}

/** A table as it is now. */
export interface TableShape {
  readonly name: TableName;
  readonly columns: ReadonlyMap<string, ColumnShape>;
  /** Columns that only the database writes, and what makes their values; rows can still be found by them. */
  readonly closed: ReadonlyMap<string, "generated" | "identity">;
  readonly rules: TableRules;
}

/**
 * How far the order of rows with different keys matters, and how many of them a statement may hold.
 *
 * | order | rows of different keys | rows in a statement |
 * |---|---|---|
 * | `apart` | don't see each other: any order | many |
 * | `in_order` | see those written before | many, if it takes them in their order |
 * | `one_by_one` | see those written before, and a statement counts | one |
 */
export type RowOrder = "apart" | "in_order" | "one_by_one";

/** What the database looks at beside the columns of a row: constraints, triggers, policies, other tables. */
export interface TableRules {
  readonly order: RowOrder;
  /** Whether a row can be refused for more than its columns' types: by a check, a foreign key, a generated column… */
  readonly hasChecks: boolean;
  /** Whether other tables take part, so that the order between tables matters. */
  readonly hasRelations: boolean;
  /** Whether constraints or triggers wait for the commit. */
  readonly hasDeferred: boolean;
  /** Columns that may not be NULL and have no default. */
  readonly required: readonly string[];
  /** Columns of each unique key a conflict can be decided by; null = unknown, as for a view. */
  readonly uniqueKeys: readonly (readonly string[])[] | null;
  /** Whether more than these keeps rows apart: unique expressions, exclusion, a part's own index… */
  readonly hasOtherUnique: boolean;
}

/** What a column is to the row. */
export type ColumnRole =
  /** Part of the primary key. */
  | "key"
  | "value"
  /** The row's event time, by which newest wins. */
  | "time"
  /** A value with a time of its own, which is `timeColumn`. */
  | "own"
  | "own_time"
  /** Topic, partition and offset of the record that set the row, in this order. */
  | "position"
  /** When the row was opened again last: only ever grows. */
  | "reopened"
  /** When the row was sealed: emptied for good. */
  | "sealed"
  /** Fingerprint of the secret that made the key. */
  | "fingerprint";

/** A column of a statement. */
export interface PlannedColumn {
  readonly shape: ColumnShape;
  readonly role: ColumnRole;
  /** For role `own`: the column with its time. */
  readonly timeColumn?: string;
}

/** What guards a row of newest wins: names of columns. */
export interface RowGuard {
  readonly time: string;
  readonly position: readonly [topic: string, partition: string, offset: string] | null;
  readonly seal: {
    readonly sealedAt: string;
    readonly reopenedAt: string;
    readonly blockedAt: string;
    readonly reopens: boolean;
  } | null;
}

/** Columns of one kind of write, made once for many batches: dialects keep their SQL by its identity. */
export interface TablePlan {
  readonly table: TableShape;
  readonly columns: readonly PlannedColumn[];
  readonly guard: RowGuard | null;
  /** For `rekey`: the function of the database that does it. */
  readonly function?: string;
}

/** What a statement does with its rows. */
export type WriteKind =
  | "insert"
  | "upsert"
  | "ignore"
  | "update"
  /** Rows hold the key columns only. */
  | "delete"
  /** Rows hold key, time of the seal, position and fingerprint; the plan's further columns are emptied. */
  | "seal"
  /** Rows hold the key as it was, then the key as it is now, then `KeyFingerprints.rekeyMark`. */
  | "rekey";

/** One statement: rows with no two of the same key; `insert` may have any. */
export interface RowsStatement {
  readonly kind: WriteKind;
  readonly plan: TablePlan;
  readonly rows: readonly (readonly Cell[])[];
  /** The record of each row; of records that were folded, the one that decided last. */
  readonly records: readonly SinkRecord[];
}

/** A partition's offset row, as it was locked. */
export interface LockedOffset {
  readonly fence: bigint;
  /** Null where nothing was written yet. */
  readonly nextOffset: bigint | null;
}

/** How far one partition got. */
export interface OffsetProgress {
  readonly at: TopicPartition;
  readonly nextOffset: bigint;
  readonly lastTimestamp: number | null;
  readonly fence: bigint;
}

/** A partition that was claimed. */
export interface OpenedPartition {
  readonly fence: bigint;
  /** Where to go on. */
  readonly from: bigint;
}

/** What a statement did. */
export interface WriteCount {
  /** Rows that were inserted, changed or deleted. */
  readonly touched: number;
  /** Of the others, those that a seal or a block keeps closed. */
  readonly closed: number;
}

/** A write with a guard and no more rows than that sends all its steps at once. */
export const fewRows = 16;

/**
 * One transaction. Calls may be sent without waiting for the one before: they run in the order of the calls, but
 * for writes with a guard and more than {@link fewRows}, which take several steps and have to be waited for.
 */
export interface SqlTransaction {
  write(statement: RowsStatement): Promise<WriteCount>;
  /** As `write`; after a failure the savepoint tells the row, where it can. */
  trace(statement: RowsStatement): Promise<WriteCount>;
  savepoint(): Promise<void>;
  /**
   * Undoes everything since the savepoint, which stays. The index of the row at which a traced statement stopped;
   * null where that isn't known for sure.
   */
  rollbackToSavepoint(): Promise<number | null>;
  /** Checks constraints with each statement, also those that wait for the commit otherwise. */
  checkConstraintsAtOnce(): Promise<void>;
  lockOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<LockedOffset>>;
  advanceOffsets(progress: readonly OffsetProgress[]): Promise<void>;
}

/** How a transaction ends, and what it came to. */
export interface TransactionEnd<T> {
  readonly by: "commit" | "rollback";
  readonly result: T;
}

/** What is to be emptied and dropped because it's old. */
export interface PurgeOrder {
  /** Null = no rows are too old. */
  readonly rows: { readonly function: string; readonly olderThan: Date; readonly rowsMax: number } | null;
  /** Null = there is no ledger. */
  readonly ledgerDays: number | null;
}

/** What a purge did. */
export interface PurgeResult {
  /** Rows that hold no data any more, those that are gone among them. */
  readonly emptied: number;
  readonly removed: number;
  readonly ledgerPartitionsDropped: number;
}

/** What isn't delivery: none of it may keep records from being written. */
export interface Housekeeping {
  /** @throws ConfigException where the ledger isn't there or the role may not add to it */
  checkLedger(): Promise<void>;
  /**
   * @throws ConfigException where the function that empties old rows isn't there, the role may not call it, or it keeps
   * rows for other days
   */
  checkRetention(retention: { readonly function: string; readonly days: number }): Promise<void>;
  /** Adds a row to the ledger. */
  note(entry: LedgerEntry): Promise<void>;
  purge(order: PurgeOrder): Promise<PurgeResult>;
}

/**
 * A database as a SQL sink uses it: one connection, made when needed and made anew when it was lost. Whatever goes
 * wrong is thrown as SqlFailure, which holds no value of a row; what a person must change as ConfigException.
 */
export interface SqlDialect {
  /** Host, port and database, for messages. */
  readonly address: string;
  /** Whether the database would take rows now; SqlFailure or ConfigException if it wouldn't. */
  check(): Promise<void>;
  /** Logs in, if that isn't done yet. */
  connect(): Promise<void>;
  /** The table, as `lookAgain` or the first look found it. */
  describe(table: TableName): Promise<TableShape>;
  /**
   * Looks at tables anew. A table that is the same keeps its shape.
   *
   * @returns whether one has changed
   */
  lookAgain(tables: readonly TableName[]): Promise<boolean>;
  /**
   * Tries statements without any row: what fails then is no record's fault.
   *
   * @throws ConfigException that names what is missing; otherwise all is there
   */
  checkStatements(statements: readonly RowsStatement[]): Promise<void>;
  /** Writes everything in one transaction, which is committed when the promise resolves. */
  writeAll(statements: readonly RowsStatement[]): Promise<readonly WriteCount[]>;
  /** Commits what `work` did, or undoes it if `work` throws or says so. */
  transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T>;
  /** Claims partitions, for exactly once: a task that had them can't write any more. */
  openOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<OpenedPartition>>;
  readonly housekeeping: Housekeeping;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}
