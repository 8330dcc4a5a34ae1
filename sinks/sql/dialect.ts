/**
 * The port to a database, which delivery uses. The flow of `put` is the same for all databases.
 *
 * To add one:
 * 1. Create `sinks/<name>/` with a {@link SqlDialect}, its {@link SqlTransaction} and {@link Housekeeping}, an
 *    `SqlDatabase` (database.ts) for the commands, and a plugin that gives both to an `SqlSinkTask`, as in
 *    `sinks/postgres/postgres_sink.ts`. Only this folder imports the driver: add a line to tests/tidy/import_table.ts.
 * 2. Turn each error into an `SqlFailure` (sql_failure.ts): away or busy is `outage`, a deadlock `retry_now`, a time
 *    limit `timeout`, a refused login `auth`, a value or constraint `data`, a name or right `structure`. `isEcho` marks
 *    errors that an earlier failure caused. Texts name columns and codes, never a value.
 * 3. `describe` returns what else the database checks ({@link TableRules}). If that can't be known: `one_by_one`.
 * 4. `encode` makes cells: equal cells of a key are equal keys to the database, or `hasTextEquality` is false.
 * 5. Write whole statements in `sinks/<name>/statements/`, with golden texts in the unit tests.
 * 6. Run the contract suites in `tests/contract/sink_<name>_test.ts`, with a `SinkWorld` as in
 *    tests/support/sinks/postgres_sink_world.ts. tests/integration/{privacy,cli} test the commands.
 * 7. Add a line to `sinks/mod.ts`. Commands find the database by the connector's class.
 *
 * @module
 */

import type { PartitionMap, SinkRecord, TopicPartition } from "../../connect/api/record.ts";
import type { ConnectValue, Schema } from "../../connect/api/schema.ts";
import type { LedgerEntry } from "./write/ledger.ts";
import type { TableName } from "./plan/table_name.ts";

/** A value in the form that the dialect sends. Equal cells of a key are equal keys. */
export type Cell = string;

/** A column of a table, and the encoding of its values. */
export interface ColumnShape {
  readonly name: string;
  /**
   * Turns a value into a cell. All columns have the same cell for null.
   *
   * @param schema Connect's schema of the value; null or undefined for schemaless data
   * @throws CellProblem if the column can't hold the value
   */
  encode(value: ConnectValue, schema?: Schema | null): Cell;
  /** Whether it holds points in time, as newest wins requires. All such columns have the same cell for a time. */
  readonly isInstant: boolean;
  /** Whether two cells are identical exactly if the database considers their values equal. */
  readonly hasTextEquality: boolean;
  /** Whether the database accepts every cell that `encode` makes, except NULL. */
  readonly takesEveryCell: boolean;
  readonly isNullable: boolean;
}

export interface TableShape {
  readonly name: TableName;
  readonly columns: ReadonlyMap<string, ColumnShape>;
  /** Columns that only the database writes, and how it makes their values. They can still be key columns. */
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

/** What the database checks besides the columns of a row: constraints, triggers, policies, other tables. */
export interface TableRules {
  readonly order: RowOrder;
  /** Whether more than its columns' types can refuse a row: a check, a foreign key, a generated column… */
  readonly hasChecks: boolean;
  /** Whether other tables are involved, so that the order between tables matters. */
  readonly hasRelations: boolean;
  /** Whether constraints or triggers are deferred to the commit. */
  readonly hasDeferred: boolean;
  /** Columns that may not be NULL and have no default. */
  readonly required: readonly string[];
  /** Columns of each unique key for ON CONFLICT; null = unknown, as for a view. */
  readonly uniqueKeys: readonly (readonly string[])[] | null;
  /** Whether anything else makes rows unique: unique expressions, exclusion, a partition's own index… */
  readonly hasOtherUnique: boolean;
}

/** A column's role in the row. */
export type ColumnRole =
  | "key"
  | "value"
  /** The row's event time, which newest wins compares. */
  | "time"
  /** A value with a time of its own, in `timeColumn`. */
  | "own"
  | "own_time"
  /** Topic, partition and offset of the record that set the row, in this order. */
  | "position"
  /** When the row was last reopened: never decreases. */
  | "reopened"
  /** When the row was sealed: emptied for good. */
  | "sealed"
  /** Fingerprint of the secret that made the key. */
  | "fingerprint";

export interface PlannedColumn {
  readonly shape: ColumnShape;
  readonly role: ColumnRole;
  /** For role `own`: the column with its time. */
  readonly timeColumn?: string;
}

/** Names of the columns that guard a row of newest wins. */
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

/** Columns of one kind of write, reused for many batches: dialects cache their SQL by this object. */
export interface TablePlan {
  readonly table: TableShape;
  readonly columns: readonly PlannedColumn[];
  readonly guard: RowGuard | null;
  /** For `rekey`: the database function that does it. */
  readonly function?: string;
}

export type WriteKind =
  | "insert"
  | "upsert"
  | "ignore"
  | "update"
  /** Rows hold the key columns only. */
  | "delete"
  /** Rows hold key, time of the seal, position and fingerprint; the plan's other columns are emptied. */
  | "seal"
  /** Rows hold the former key, the current key, and `KeyFingerprints.rekeyMark`. */
  | "rekey";

/** One statement. No two rows have the same key, except for `insert`. */
export interface RowsStatement {
  readonly kind: WriteKind;
  readonly plan: TablePlan;
  readonly rows: readonly (readonly Cell[])[];
  /** The record of each row; for folded records, the one that decided last. */
  readonly records: readonly SinkRecord[];
}

/** A partition's offset row, locked. */
export interface LockedOffset {
  readonly fence: bigint;
  /** Null if nothing has been written yet. */
  readonly nextOffset: bigint | null;
}

/** How far one partition has been written. */
export interface OffsetProgress {
  readonly at: TopicPartition;
  readonly nextOffset: bigint;
  readonly lastTimestamp: number | null;
  readonly fence: bigint;
}

/** A claimed partition. */
export interface OpenedPartition {
  readonly fence: bigint;
  /** Where to resume. */
  readonly from: bigint;
}

export interface WriteCount {
  /** Rows that were inserted, changed or deleted. */
  readonly touched: number;
  /** Of the other rows, those that a seal or a block keeps closed. */
  readonly closed: number;
}

/** A guarded write of up to this many rows sends all its steps at once. */
export const fewRows = 16;

/**
 * One transaction. Calls needn't be awaited: they run in the order of the calls. Exception: guarded writes of more than
 * {@link fewRows} rows take several steps and must be awaited.
 */
export interface SqlTransaction {
  write(statement: RowsStatement): Promise<WriteCount>;
  /** As `write`; after a failure, `rollbackToSavepoint` returns the row if it can. */
  trace(statement: RowsStatement): Promise<WriteCount>;
  savepoint(): Promise<void>;
  /**
   * Undoes everything since the savepoint, which stays. Returns the index of the row at which a traced statement
   * stopped, or null if that isn't certain.
   */
  rollbackToSavepoint(): Promise<number | null>;
  /** Checks deferred constraints with each statement. */
  checkConstraintsAtOnce(): Promise<void>;
  lockOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<LockedOffset>>;
  advanceOffsets(progress: readonly OffsetProgress[]): Promise<void>;
}

/** How a transaction ends, and its result. */
export interface TransactionEnd<T> {
  readonly by: "commit" | "rollback";
  readonly result: T;
}

/** What a purge has to empty and drop. */
export interface PurgeOrder {
  /** Null = no rows are too old. */
  readonly rows: { readonly function: string; readonly olderThan: Date; readonly rowsMax: number } | null;
  /** Null = there is no ledger. */
  readonly ledgerDays: number | null;
}

export interface PurgeResult {
  /** Rows without data now, including removed ones. */
  readonly emptied: number;
  readonly removed: number;
  readonly ledgerPartitionsDropped: number;
}

/** Work besides delivery. None of it may delay records. */
export interface Housekeeping {
  /** @throws ConfigException if the ledger doesn't exist or the role may not add to it */
  checkLedger(): Promise<void>;
  /**
   * @throws ConfigException if the purge function doesn't exist, the role may not call it, or it keeps rows for other
   *   days
   */
  checkRetention(retention: { readonly function: string; readonly days: number }): Promise<void>;
  note(entry: LedgerEntry): Promise<void>;
  purge(order: PurgeOrder): Promise<PurgeResult>;
}

/**
 * A database as a SQL sink uses it: one connection, opened on demand and again after a loss. Errors are SqlFailure,
 * which holds no value of a row, or ConfigException for what an operator must change.
 */
export interface SqlDialect {
  readonly address: string;
  /** Checks that the database would accept rows now; throws SqlFailure or ConfigException if it wouldn't. */
  check(): Promise<void>;
  /** Logs in, unless that is done. */
  connect(): Promise<void>;
  /** Returns the table as `lookAgain` or the first read found it. */
  describe(table: TableName): Promise<TableShape>;
  /**
   * Reads tables again. An unchanged table keeps its shape.
   *
   * @returns whether a table has changed
   */
  lookAgain(tables: readonly TableName[]): Promise<boolean>;
  /**
   * Tries statements without rows: if one fails, no record is to blame.
   *
   * @throws ConfigException that names what is missing; otherwise nothing is
   */
  checkStatements(statements: readonly RowsStatement[]): Promise<void>;
  /** Writes everything in one transaction. It is committed when the promise resolves. */
  writeAll(statements: readonly RowsStatement[]): Promise<readonly WriteCount[]>;
  /** Commits what `work` did. Rolls back if `work` throws or asks for it. */
  transaction<T>(work: (tx: SqlTransaction) => Promise<TransactionEnd<T>>): Promise<T>;
  /** Claims partitions for exactly once: former owners can't write any more. */
  openOffsets(partitions: readonly TopicPartition[]): Promise<PartitionMap<OpenedPartition>>;
  readonly housekeeping: Housekeeping;
  /** Closes the connection; safe to call twice. */
  close(): Promise<void>;
}
