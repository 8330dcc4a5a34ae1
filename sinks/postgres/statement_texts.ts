/** SQL of plans, made once for each. @module */

import type { RowGuard, TablePlan, WriteKind } from "../sql/dialect.ts";
import { type EraseSql, eraseSql, type NewestSql, newestSql } from "./statements/newest_wins.ts";
import { plainSql, tracedSql } from "./statements/insert.ts";

/** Keeps texts for as long as somebody keeps their plan. */
export class StatementTexts {
  readonly #plain = new WeakMap<TablePlan, Map<WriteKind, string | null>>();
  readonly #newest = new WeakMap<TablePlan, NewestSql>();
  readonly #erase = new WeakMap<TablePlan, EraseSql>();

  plain(kind: WriteKind, plan: TablePlan): string | null {
    const texts = this.#plain.get(plan) ?? new Map<WriteKind, string | null>();
    this.#plain.set(plan, texts);
    const known = texts.get(kind);
    if (known !== undefined) return known;
    const text = plainSql(kind, plan);
    texts.set(kind, text);
    return text;
  }

  traced(kind: WriteKind, plan: TablePlan): string | null {
    return tracedSql(kind, plan); // only for batches that were refused
  }

  newest(plan: TablePlan, guard: RowGuard): NewestSql {
    return kept(this.#newest, plan, () => newestSql(plan, guard));
  }

  erase(plan: TablePlan, guard: RowGuard): EraseSql {
    return kept(this.#erase, plan, () => eraseSql(plan, guard));
  }
}

function kept<T extends object>(texts: WeakMap<TablePlan, T>, plan: TablePlan, make: () => T): T {
  const text = texts.get(plan) ?? make();
  texts.set(plan, text);
  return text;
}
