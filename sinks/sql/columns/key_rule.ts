import { SpanKind } from "../../../connect/api/spans.ts";
import type { ConnectValue } from "../../../connect/api/schema.ts";
import type { ColumnShape } from "../dialect.ts";
import { CellProblem } from "../sql_failure.ts";

/** Which spans can be keys of a column: those that are equal exactly if their bytes are. */
export interface KeyRule {
  /** Bit `1 << kind` for each kind of span. Of one value, integers as text and in binary are the same key. */
  readonly kinds: number;
  /** Whether text must be a UUID in lower case. */
  readonly isUuid: boolean;
}

const integers = 1 << SpanKind.integer | 1 << SpanKind.int64;
const text = 1 << SpanKind.text;
/** Texts that some types don't tell apart. They are short, as the column may be. */
const texts = ["a", "A", "a ", "2", "02"];
/** Neighbors that some types of numbers don't tell apart. */
const neighbors = [[2n ** 24n, 2n ** 24n + 1n], [2n ** 53n, 2n ** 53n + 1n]] as const;
const uuid = "7c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d";

/**
 * Finds out from the column's own `encode` which spans can be its keys: equal cells are equal keys.
 *
 * @example
 * ```ts
 * import { SpanKind } from "../../../connect/api/spans.ts";
 * import { isKeySpan, keyRuleOf } from "./key_rule.ts";
 * const shape = { name: "id", isInstant: false, takesEveryCell: true, isNullable: false, hasTextEquality: true };
 * const rule = keyRuleOf({ ...shape, encode: (value) => String(value).toLowerCase() });
 * const bytes = new TextEncoder().encode("7");
 * if (!isKeySpan(rule, bytes, SpanKind.integer, 0, 1)) throw new Error("integers have one text each");
 * if (isKeySpan(rule, bytes, SpanKind.text, 0, 1)) throw new Error("A and a are one key");
 * ```
 */
export function keyRuleOf(shape: ColumnShape): KeyRule {
  if (!shape.hasTextEquality) return { kinds: 0, isUuid: false };
  const isText = areDistinct(shape, texts);
  const isUuid = !isText && isTaken(shape, uuid) && areSame(shape, uuid, uuid.toUpperCase());
  const isInteger = isTaken(shape, 2n) && neighbors.every(([a, b]) => !areSame(shape, a, b));
  const isBytes = areDistinct(shape, [new Uint8Array([1]), new Uint8Array([1, 0])]);
  return {
    kinds: (isText || isUuid ? text : 0) | (isInteger ? integers : 0) | (isBytes ? 1 << SpanKind.bytes : 0),
    isUuid,
  };
}

/** Whether a span that the column takes is one of its rule. */
// deno-lint-ignore sluice/parameters -- a span is three numbers, and an object for each would cost more than its work
export function isKeySpan(
  rule: KeyRule,
  bytes: Uint8Array,
  kind: number,
  at: number,
  length: number,
): boolean {
  if ((rule.kinds >> kind & 1) === 0) return false;
  return !rule.isUuid || kind !== SpanKind.text || isPlainUuid(bytes, at, length);
}

const hyphen = 45;

/** Of a UUID in any spelling. */
function isPlainUuid(bytes: Uint8Array, at: number, length: number): boolean {
  if (length !== uuid.length) return false;
  for (let index = 0; index < length; index++) {
    const byte = bytes[at + index]!;
    const isHyphen = index === 8 || index === 13 || index === 18 || index === 23;
    if (isHyphen !== (byte === hyphen) || (byte >= 65 && byte <= 70)) return false;
  }
  return true;
}

function areDistinct(shape: ColumnShape, values: readonly ConnectValue[]): boolean {
  const cells = values.map((value) => cellOf(shape, value));
  return !cells.includes(null) && new Set(cells).size === cells.length;
}

function areSame(shape: ColumnShape, a: ConnectValue, b: ConnectValue): boolean {
  const cell = cellOf(shape, a);
  return cell !== null && cell === cellOf(shape, b);
}

function isTaken(shape: ColumnShape, value: ConnectValue): boolean {
  return cellOf(shape, value) !== null;
}

/** Null = the column can't hold it. */
function cellOf(shape: ColumnShape, value: ConnectValue): string | null {
  try {
    return shape.encode(value);
  } catch (error) {
    if (error instanceof CellProblem) return null;
    throw error;
  }
}
