/**
 * Finds the records that the database refuses, by the verdict that each would get alone.
 *
 * The search writes changes in order, after all good ones, and divides what fails until one record is left. If the
 * database names the row where a statement stopped, the search tries that row alone. All of it is rolled back: the good
 * records are written again, and a record that is bad after all is found again.
 *
 * @module
 */

import { partitionKey, type SinkRecord } from "../../../connect/api/record.ts";
import type { RowsStatement, SqlDialect, SqlTransaction } from "../dialect.ts";
import { SqlFailure } from "../sql_failure.ts";
import type { RowPlan } from "../plan/table_plan.ts";
import type { RowChange } from "../plan/table_row.ts";

/** Savepoints of one transaction: PostgreSQL keeps this many subtransactions in fast memory. */
export const savepointsMax = 64;

/** A record that was refused alone, and the failure. */
interface RefusedRecord {
  readonly record: SinkRecord;
  readonly change: RowChange;
  readonly failure: SqlFailure;
}

interface IsolationOptions {
  readonly dialect: Pick<SqlDialect, "transaction">;
  /** Makes the statements for some of the changes, in order. */
  readonly statementsOf: (changes: readonly RowChange[]) => readonly RowsStatement[];
  /** Whether nothing counts after the first refused record of a partition (`errors.tolerance=none`). */
  readonly stopsPartitions: boolean;
}

/** Returns the refused records of a batch that was refused as a whole; none if they succeed one after the other. */
export async function isolate(
  changes: readonly RowChange[],
  options: IsolationOptions,
): Promise<readonly RefusedRecord[]> {
  const search = new Search(changes, options);
  while (!search.isDone) {
    await options.dialect.transaction(async (tx) => ({ by: "rollback", result: await search.run(tx) }));
  }
  const { refused } = search;
  const waits = changes.some(({ plan }) => plan.table.rules.hasDeferred);
  return waits && refused.length > 0 ? await stillRefused(changes, refused, options) : refused;
}

/** Most tries to clear records of deferred constraints. */
const clearingTriesMax = 200;

/**
 * Deferred constraints hold for the put as a whole: a child may come before its parent. The search checks them with
 * each statement, so each refused record is tried again with all good ones, including later ones.
 */
async function stillRefused(
  changes: Part,
  refused: readonly RefusedRecord[],
  { dialect, statementsOf }: IsolationOptions,
): Promise<readonly RefusedRecord[]> {
  let tries = 0;
  const goesIn = async (left: readonly RefusedRecord[]): Promise<boolean> => {
    if (++tries > clearingTriesMax) return false;
    const out = new Set(left.map(({ record }) => record));
    try {
      return await dialect.transaction(async (tx) => {
        for (const one of statementsOf(changes.filter(({ record }) => !out.has(record)))) await tx.write(one);
        await tx.checkConstraintsAtOnce();
        return { by: "rollback", result: true };
      });
    } catch (error) {
      if (error instanceof SqlFailure && isOfRecords(error)) return false;
      throw error;
    }
  };
  let left = refused;
  const clear = async (group: readonly RefusedRecord[]): Promise<void> => {
    if (group.length === 0) return;
    const others = left.filter((one) => !group.includes(one));
    if (await goesIn(others)) left = others;
    else if (group.length > 1) {
      const middle = group.length >> 1;
      await clear(group.slice(0, middle));
      await clear(group.slice(middle));
    }
  };
  const clearPair = async (...pair: readonly RefusedRecord[]): Promise<void> => {
    const others = left.filter((one) => !pair.includes(one));
    if (await goesIn(others)) left = others;
  };
  for (let before = Number.POSITIVE_INFINITY; left.length < before;) {
    before = left.length;
    await clear(left);
  }
  // Two that succeed only together, such as a swap of unique values.
  for (const [index, one] of left.entries()) {
    for (const other of left.slice(index + 1)) {
      if (left.includes(one) && left.includes(other)) await clearPair(one, other);
    }
  }
  return left;
}

type Part = readonly RowChange[];

class Search {
  readonly refused: RefusedRecord[] = [];
  readonly #options: IsolationOptions;
  /** Parts still to be tried, the next one last. */
  #parts: Part[];
  /** In the pieces in which they succeeded: together they might fail. */
  readonly #good: Part[] = [];

  constructor(changes: Part, options: IsolationOptions) {
    this.#options = options;
    this.#parts = halves(changes);
  }

  get isDone(): boolean {
    return this.#parts.length === 0;
  }

  /** Continues as far as the savepoints of one transaction allow. */
  async run(tx: SqlTransaction): Promise<void> {
    await tx.checkConstraintsAtOnce();
    for (const piece of this.#good) await this.#write(tx, piece); // found good by earlier transactions
    for (let savepoints = 0; savepoints < savepointsMax; savepoints++) {
      const part = this.#parts.pop();
      if (part === undefined) return;
      await this.#judge(tx, part);
    }
  }

  async #judge(tx: SqlTransaction, part: Part): Promise<void> {
    const statements = this.#options.statementsOf(part);
    let done = 0;
    try {
      const saved = tx.savepoint(); // sent together with the first statement
      for (const statement of statements) {
        await Promise.all([saved, isOne(part) ? tx.write(statement) : tx.trace(statement)]);
        done++;
      }
      await saved;
      this.#good.push(part);
    } catch (error) {
      if (!(error instanceof SqlFailure) || !isOfRecords(error)) throw error;
      const row = await tx.rollbackToSavepoint();
      const record = row === null ? undefined : statements[done]?.records[row];
      this.#divide(part, error, record);
    }
  }

  /** @param record the one whose row the statement stopped at; undefined if that isn't known */
  #divide(part: Part, failure: SqlFailure, record: SinkRecord | undefined): void {
    const [first] = part;
    if (first === undefined) return;
    if (isOne(part)) return this.#refuse(part, failure);
    if (record === undefined) return void this.#parts.push(...halves(part));
    const from = part.findIndex((change) => change.record === record);
    const to = part.findLastIndex((change) => change.record === record) + 1;
    const [front, own, behind] = [part.slice(0, from), part.slice(from, to), part.slice(to)];
    const isDecided = front.length === 0 || decidesAlone(part, front, [behind, ...this.#parts]);
    this.#parts.push(...[behind, ...isDecided ? [] : [own, front]].filter(({ length }) => length > 0));
    if (isDecided) this.#refuse(own, failure);
  }

  #refuse(part: Part, failure: SqlFailure): void {
    const change = part.at(-1);
    if (change === undefined) return;
    const { record } = change;
    this.refused.push({ record, change, failure });
    if (!this.#options.stopsPartitions) return;
    const partition = partitionKey(record.origin);
    this.#parts = this.#parts
      .map((rest) => rest.filter((one) => partitionKey(one.record.origin) !== partition))
      .filter(({ length }) => length > 0);
  }

  async #write(tx: SqlTransaction, changes: Part): Promise<void> {
    for (const statement of this.#options.statementsOf(changes)) await tx.write(statement);
  }
}

/** Whether a record may have caused the failure. */
export function isOfRecords({ kind }: SqlFailure): boolean {
  return kind === "data" || kind === "structure";
}

/**
 * Whether the row where a statement stopped is refused whatever comes before it, and whether no later row depends on
 * the rows before it: then the search continues without writing these again.
 */
function decidesAlone(part: Part, front: Part, later: readonly Part[]): boolean {
  if (!part.every(({ plan }) => plan.table === part[0]?.plan.table && seesOnlyItsKey(plan))) return false;
  if (part[0]?.plan.keyNames.length === 0) return true; // rows without a key see no other
  const keys = new Set(front.map(({ key }) => key));
  return keys.size === front.length && later.every((rest) => rest.every(({ key }) => !keys.has(key)));
}

/** Whether rows of the plan see no other row but one of their own key. */
function seesOnlyItsKey({ order, keyNames, table: { rules } }: RowPlan): boolean {
  const isKey = (columns: readonly string[]) =>
    columns.length === keyNames.length && columns.every((name) => keyNames.includes(name));
  return order === "apart" && !rules.hasOtherUnique && rules.uniqueKeys?.every(isKey) === true;
}

function isOne(part: Part): boolean {
  return part.every(({ record }) => record === part[0]?.record);
}

/** Second half first, since parts are taken from the list's end. Changes of one record stay together. */
function halves(part: Part): Part[] {
  let middle = part.length >> 1;
  while (middle > 0 && part[middle - 1]?.record === part[middle]?.record) middle--;
  if (middle === 0) {
    middle = part.length >> 1;
    while (middle < part.length && part[middle - 1]?.record === part[middle]?.record) middle++;
  }
  return [part.slice(middle), part.slice(0, middle)].filter(({ length }) => length > 0);
}
