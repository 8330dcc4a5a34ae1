/**
 * Turns changes into statements. The table ends as if the changes had been written one at a time, in order.
 *
 * Changes of rows that don't see each other are grouped in rounds: the first change of each key, then the second of
 * each. All others are written in order of arrival, and a statement ends if the next change doesn't fit.
 *
 * @module
 */

import type { RowOrder, RowsStatement, TablePlan, WriteKind } from "../dialect.ts";
import { foldNewest } from "./newest_wins.ts";
import { statementCells } from "./row_maker.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import type { RowPlan } from "./table_plan.ts";
import type { RowChange } from "./table_row.ts";

/** Makes the statements for changes, in the order in which they must run. */
export class StatementOrder {
  readonly #settings: SinkSettings;

  constructor(settings: SinkSettings) {
    this.#settings = settings;
  }

  /** @param pace `apart` lets rows that don't see each other go in any order; the others apply to all rows */
  statements(changes: readonly RowChange[], pace: RowOrder): readonly RowsStatement[] {
    if (pace !== "apart") return this.#inOrder(changes, pace);
    const tables = byTable(changes);
    if (tables.length > 1 && tables.some(([first]) => first?.plan.table.rules.hasRelations === true)) {
      return this.#inOrder(changes, "in_order");
    }
    return tables.flatMap((own) => isApart(own) ? this.#byRounds(own) : this.#inOrder(own, "in_order"));
  }

  #byRounds(changes: readonly RowChange[]): readonly RowsStatement[] {
    const { insertMode, deletes } = this.#settings;
    const one = oneRound(changes);
    if (one !== null) return this.#chunks(inKeyOrder(one));
    if (insertMode === "insert" && !deletes && changes.every(({ kind }) => kind === "insert")) {
      const byPlan = Map.groupBy(changes, ({ plan }) => plan);
      return [...byPlan.values()].flatMap((group) => this.#chunks(group));
    }
    const rounds: Round[] = [];
    const places = new Map<string, Place>();
    for (const change of changes) {
      if (change.kind === "rekey") placeRekey(change, places, rounds);
      else this.#place(change, places, rounds);
    }
    return rounds.flatMap((round) => round.groups).flatMap((group) => this.#chunks(inKeyOrder(group)));
  }

  /** Places a change after the previous one of its key, or folds it into that. */
  #place(change: RowChange, places: Map<string, Place>, rounds: Round[]): void {
    const place = places.get(change.key);
    if (place === undefined) {
      (rounds[0] ??= new Round()).set(change);
      places.set(change.key, { change, round: 0 });
      return;
    }
    const folded = this.#fold(place.change, change);
    const index = folded === null ? place.round + 1 : place.round;
    const round = rounds[index] ??= new Round();
    if (folded !== null) round.remove(place.change);
    const kept = folded ?? change;
    round.set(kept);
    places.set(change.key, { change: kept, round: index });
  }

  /** Returns the one change that does what both do; null if the database must see both. */
  #fold(waiting: RowChange, next: RowChange): RowChange | null {
    if (waiting.kind === "delete" && next.kind === "delete") return waiting;
    if (waiting.kind === "seal" && next.kind === "seal") return laterSeal(waiting, next);
    // A second insert of a key must fail in the database, and a rekey has two keys.
    if (waiting.kind === "insert" || waiting.kind === "rekey" || !isSurelyTaken(waiting)) return null;
    if (next.kind === "delete") return waiting.kind === "seal" ? null : next;
    if (next.plan !== waiting.plan || next.kind !== waiting.kind || !isSurelyTaken(next)) return null;
    if (waiting.kind === "ignore") return waiting;
    if (waiting.timing === null || next.timing === null) return next;
    const { newest } = this.#settings;
    const rules = { hasPosition: newest?.position != null, hasSeal: newest?.seal != null };
    return foldNewest({ ...waiting, timing: waiting.timing }, { ...next, timing: next.timing }, rules);
  }

  #inOrder(changes: readonly RowChange[], pace: RowOrder): readonly RowsStatement[] {
    const statements: RowsStatement[] = [];
    let run: RowChange[] = [];
    let keys = new Set<string>();
    for (const change of changes) {
      const [first] = run;
      const key = comparableKey(change);
      const fits = first !== undefined && pace !== "one_by_one" && holdsMany(change) &&
        change.kind === first.kind && change.plan === first.plan && change.former === first.former &&
        (change.plan.keyNames.length === 0 || !keys.has(key)); // rows without a key see no other
      if (!fits) {
        statements.push(...this.#chunks(run));
        [run, keys] = [[], new Set()];
      }
      run.push(change);
      keys.add(key);
    }
    return [...statements, ...this.#chunks(run)];
  }

  #chunks(changes: readonly RowChange[]): readonly RowsStatement[] {
    const { batchRowsMax } = this.#settings;
    const statements: RowsStatement[] = [];
    for (let from = 0; from < changes.length; from += batchRowsMax) {
      const chunk = changes.length <= batchRowsMax ? changes : changes.slice(from, from + batchRowsMax);
      const [first] = chunk;
      if (first === undefined) continue;
      const cellsOf = statementCells(first, this.#settings);
      statements.push({
        kind: first.kind,
        plan: tablePlanOf(first.kind, first.plan),
        rows: chunk.map(cellsOf),
        records: chunk.map(({ record }) => record),
      });
    }
    return statements;
  }
}

/** The last change of a key, and its round. */
interface Place {
  readonly change: RowChange;
  readonly round: number;
}

/** Changes with no two of the same key, by columns and kind. */
class Round {
  readonly #groups = new Map<RowPlan, Map<WriteKind, Map<string, RowChange>>>();

  get groups(): readonly ReadonlyMap<string, RowChange>[] {
    return [...this.#groups.values()].flatMap((kinds) => [...kinds.values()]);
  }

  set(change: RowChange): void {
    this.#group(change).set(change.key, change);
  }

  remove(change: RowChange): void {
    this.#group(change).delete(change.key);
  }

  #group({ plan, kind }: RowChange): Map<string, RowChange> {
    let kinds = this.#groups.get(plan);
    if (kinds === undefined) this.#groups.set(plan, kinds = new Map());
    let group = kinds.get(kind);
    if (group === undefined) kinds.set(kind, group = new Map());
    return group;
  }
}

/** Places a rekey after all changes of both keys, unless the same rekey is there already. */
function placeRekey(change: RowChange, places: Map<string, Place>, rounds: Round[]): void {
  const [, key = ""] = change.cells;
  const [former, present] = [places.get(change.key), places.get(key)];
  const isDone = former?.change.kind === "rekey" && former.change.cells[1] === key;
  if (isDone && present?.change.kind !== "delete") return;
  const index = Math.max(former?.round ?? -1, present?.round ?? -1) + 1;
  (rounds[index] ??= new Round()).set(change);
  places.set(change.key, { change, round: index });
  places.set(key, { change, round: index });
}

/**
 * Folds two tombstones of a key: the later time, and the second's position, unless that depends on the row in the
 * database.
 */
function laterSeal(waiting: RowChange, next: RowChange): RowChange | null {
  const [a, b] = [waiting.record.origin, next.record.origin];
  const isSame = a.partition === b.partition && a.topic === b.topic;
  if (!isSame && next.plan.position.length > 0) return null;
  return { ...next, sealedMicros: Math.max(waiting.sealedMicros ?? 0, next.sealedMicros ?? 0) };
}

/** Cells up to this many characters fit every index and type. */
export const cellLengthMax = 600;

/** Whether the database accepts the row whatever is stored: only then may it be left out. */
export function isSurelyTaken({ plan, cells }: Pick<RowChange, "plan" | "cells">): boolean {
  // A long cell may be too long for an index.
  if (!plan.folds || cells.some(({ length }) => length > cellLengthMax)) return false;
  const values = cells.length - plan.keys.length;
  for (let index = 0; index < values; index++) {
    const shape = plan.values[index]?.shape;
    if (shape?.isNullable === false && cells[plan.keys.length + index] === plan.nullCell) return false;
  }
  return true;
}

function isApart(changes: readonly RowChange[]): boolean {
  const plans = new Set(changes.map(({ plan }) => plan));
  const keys = new Set([...plans].map(({ keyNames }) => JSON.stringify(keyNames)));
  return keys.size === 1 && [...plans].every(({ order }) => order === "apart");
}

/** Whether a statement may hold more rows than this one: it writes them in order, or they don't see each other. */
function holdsMany({ kind, plan }: RowChange): boolean {
  if (plan.order !== "in_order") return plan.order === "apart";
  return kind === "insert" || kind === "upsert" || kind === "ignore";
}

/** A text that is the same for all keys that the database may consider equal. */
function comparableKey({ key, plan }: RowChange): string {
  return plan.hasLooseKeys ? key.normalize("NFKD").toLowerCase().replace(/[\p{M}\s]/gu, "") : key;
}

function byTable(changes: readonly RowChange[]): readonly (readonly RowChange[])[] {
  const table = changes[0]?.plan.table;
  if (changes.every(({ plan }) => plan.table === table)) return [changes];
  return [...Map.groupBy(changes, ({ plan }) => plan.table).values()];
}

/** In key order, so that two tasks rarely wait for each other. */
function inKeyOrder(group: ReadonlyMap<string, RowChange>): readonly RowChange[] {
  const ordered: RowChange[] = [];
  for (const key of [...group.keys()].sort()) {
    const change = group.get(key);
    if (change !== undefined) ordered.push(change);
  }
  return ordered;
}

/** The common case: all changes have one kind and the same columns, and no key comes twice; null if not. */
function oneRound(changes: readonly RowChange[]): ReadonlyMap<string, RowChange> | null {
  const [first] = changes;
  if (first === undefined || first.kind === "rekey" || first.kind === "insert") return null;
  const byKey = new Map<string, RowChange>();
  for (const change of changes) {
    if (change.plan !== first.plan || change.kind !== first.kind || byKey.has(change.key)) return null;
    byKey.set(change.key, change);
  }
  return byKey;
}

function tablePlanOf(kind: WriteKind, plan: RowPlan): TablePlan {
  if (kind === "delete") return plan.remove;
  if (kind === "seal") return plan.seal;
  return kind === "rekey" ? plan.rekey : plan.write;
}
