/** The parts of a Java pattern, and the length of text each matches. @module */

import { type CaseMode, vertical } from "./regex_escapes.ts";

export type RegexNode =
  /** One literal character. */
  | { readonly kind: "char"; readonly code: number }
  /** One character of a class in this runtime's syntax. */
  | { readonly kind: "set"; readonly text: string }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly ways: readonly RegexNode[] }
  | RepeatNode
  | { readonly kind: "group"; readonly group: number; readonly body: RegexNode }
  /** Never backtracked into after a match. */
  | { readonly kind: "atomic"; readonly body: RegexNode }
  | LookNode
  | { readonly kind: "reference"; readonly group: number; readonly fold: (text: string) => string }
  | { readonly kind: "assertion"; readonly holds: RegexAssertion }
  /** Matches nowhere. */
  | { readonly kind: "never" };

/** A repeated part. */
export interface RepeatNode {
  readonly kind: "repeat";
  readonly body: RegexNode;
  readonly min: number;
  /** Infinity = no limit. */
  readonly max: number;
  readonly isLazy: boolean;
}

/** A look-around. */
export interface LookNode {
  readonly kind: "look";
  readonly body: RegexNode;
  readonly isNegative: boolean;
  /** Lengths to look back, in characters; null looks ahead. */
  readonly behind: RegexWidth | null;
}

/** Returns whether the assertion holds at a position. */
export type RegexAssertion = (text: string, at: number) => boolean;

/** Fewest and most characters that a part matches. */
export interface RegexWidth {
  readonly min: number;
  readonly max: number;
}

/** Matches the empty text. */
export const nothing: RegexNode = { kind: "sequence", parts: [] };

/** `\R` */
export const lineBreak: RegexNode = {
  kind: "choice",
  ways: [
    { kind: "sequence", parts: [{ kind: "char", code: 13 }, { kind: "char", code: 10 }] },
    { kind: "set", text: `[${vertical}]` },
  ],
};

/** Case folding that references compare by. */
export const folds: Readonly<Record<CaseMode, (text: string) => string>> = {
  exact: (text) => text,
  ascii: (text) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
  unicode: (text) => text.toUpperCase().toLowerCase(),
};

/**
 * Returns the length of text that a part matches.
 *
 * @example
 * ```ts
 * import { widthOf } from "./regex_node.ts";
 * const a = { kind: "char", code: 97 } as const;
 * const { min, max } = widthOf({ kind: "repeat", body: a, min: 2, max: 3, isLazy: false });
 * if (min !== 2 || max !== 3) throw new Error("two or three characters");
 * ```
 */
export function widthOf(node: RegexNode): RegexWidth {
  switch (node.kind) {
    case "char":
    case "set":
      return { min: 1, max: 1 };
    case "sequence":
      return node.parts.map(widthOf).reduce(added, none);
    case "choice":
      return node.ways.map(widthOf).reduce(eitherOf);
    case "repeat": {
      const { min, max } = widthOf(node.body);
      return { min: min * node.min, max: max === 0 ? 0 : max * node.max };
    }
    case "group":
    case "atomic":
      return widthOf(node.body);
    case "reference":
      return { min: 0, max: Infinity };
    case "look":
    case "assertion":
    case "never":
      return none;
  }
}

const none: RegexWidth = { min: 0, max: 0 };

function added(one: RegexWidth, other: RegexWidth): RegexWidth {
  return { min: one.min + other.min, max: one.max + other.max };
}

function eitherOf(one: RegexWidth, other: RegexWidth): RegexWidth {
  return { min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) };
}
