/** What PostgreSQL looks at beside a row's own columns, from its catalog. @module */

import type { TableRules } from "../../sql/dialect.ts";

/** A row of `tableRulesSql`. */
export interface RulesRow {
  /** `pg_class.relkind`: r = table, p = partitioned, v = view, f = foreign table. */
  readonly kind: string;
  /** Triggers that run per statement, after the row, or without seeing the rows before. */
  readonly countsStatements: boolean;
  readonly hasRowTriggers: boolean;
  readonly hasRules: boolean;
  readonly hasChecks: boolean;
  readonly hasForeignKeys: boolean;
  /** Whether a delete or a new key changes rows that refer to it. */
  readonly changesOthers: boolean;
  /** Whether a check, default or policy calls a function that isn't immutable: it may look at any row. */
  readonly callsFunctions: boolean;
  /** Whether it is a partition, a parent or a child. */
  readonly hasRelatives: boolean;
  readonly refersToItself: boolean;
  readonly hasPolicies: boolean;
  readonly policiesAsk: boolean;
  readonly hasDeferred: boolean;
  readonly withDefault: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly hasOtherUnique: boolean;
}

/** A column, as far as a row must have it. */
interface RuledColumn {
  readonly column: string;
  readonly isNullable: boolean;
  readonly closed: string | null;
}

/** What the answer means for the order of rows. */
export function rulesOf(row: RulesRow, columns: readonly RuledColumn[]): TableRules {
  const isTable = row.kind === "r" || row.kind === "p";
  const isOneByOne = !isTable || row.countsStatements || row.hasRules || row.refersToItself ||
    row.callsFunctions ||
    (row.hasPolicies && row.policiesAsk);
  return {
    order: isOneByOne ? "one_by_one" : row.hasRowTriggers || row.changesOthers ? "in_order" : "apart",
    // A partitioned table refuses a row that has no partition.
    hasChecks: row.kind !== "r" || row.hasChecks || row.hasForeignKeys || row.hasRowTriggers ||
      row.hasPolicies || row.hasRelatives,
    hasRelations: !isTable || row.hasForeignKeys || row.hasRowTriggers || row.hasRules || row.hasPolicies ||
      row.callsFunctions || row.hasRelatives,
    hasDeferred: row.hasDeferred,
    required: columns
      .filter(({ column, isNullable, closed }) =>
        !isNullable && closed === null && !row.withDefault.includes(column)
      )
      .map(({ column }) => column),
    uniqueKeys: isTable ? row.uniqueKeys : null,
    hasOtherUnique: row.hasOtherUnique,
  };
}

/** Of a table whose rules weren't asked for: as strict as can be. */
export const unknownRules: TableRules = {
  order: "one_by_one",
  hasChecks: true,
  hasRelations: true,
  hasDeferred: true,
  required: [],
  uniqueKeys: null,
  hasOtherUnique: true,
};
