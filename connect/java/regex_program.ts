/** Compiles the parts of a pattern to steps of the matcher. @module */

import {
  type LookNode,
  type RegexAssertion,
  type RegexNode,
  type RegexWidth,
  type RepeatNode,
  widthOf,
} from "./regex_node.ts";

/** One step; `next`, `else` and `body` are step numbers. */
export type RegexStep =
  | { readonly op: "match" }
  | { readonly op: "fail" }
  | { readonly op: "char"; readonly code: number }
  | { readonly op: "set"; readonly has: (code: number) => boolean }
  /** Continues at `next`, and at `other` if that fails. */
  | { readonly op: "split"; next: number; other: number }
  | { readonly op: "jump"; readonly next: number }
  /** Stores the position in a register. */
  | { readonly op: "save"; readonly register: number }
  /** Ends a group that began at the stored position. */
  | { readonly op: "close"; readonly register: number; readonly begin: number }
  | { readonly op: "assert"; readonly holds: RegexAssertion }
  | { readonly op: "reference"; readonly register: number; readonly fold: (text: string) => string }
  | { readonly op: "reset"; readonly register: number }
  /** Decides whether to repeat a counted part, whose body begins at the next step. */
  | { readonly op: "loop"; readonly register: number; readonly repeat: RepeatNode; exit: number }
  /** Increments a loop's counter. */
  | { readonly op: "again"; readonly register: number }
  /** Matches the steps up to their `match` as a pattern of their own. */
  | { readonly op: "atomic"; next: number }
  | { readonly op: "look"; readonly isNegative: boolean; readonly behind: RegexWidth | null; next: number };

export interface RegexProgram {
  readonly steps: readonly RegexStep[];
  /** Registers hold starts and ends of groups, then loop counters. */
  readonly registers: number;
}

/**
 * Compiles a pattern to steps.
 *
 * @param groups the number of capturing groups
 */
export function programOf(node: RegexNode, groups: number): RegexProgram {
  const writer = new Writer(2 * (groups + 1));
  writer.write(node);
  writer.add({ op: "match" });
  return { steps: writer.steps, registers: writer.registers };
}

class Writer {
  readonly steps: RegexStep[] = [];
  readonly #sets = new Map<string, (code: number) => boolean>();

  constructor(public registers: number) {}

  add<Step extends RegexStep>(step: Step): Step {
    this.steps.push(step);
    return step;
  }

  write(node: RegexNode): void {
    switch (node.kind) {
      case "char":
        this.add({ op: "char", code: node.code });
        return;
      case "set":
        this.add({ op: "set", has: this.#setOf(node.text) });
        return;
      case "sequence":
        for (const part of node.parts) this.write(part);
        return;
      case "choice":
        return this.#choice(node.ways);
      case "repeat":
        return this.#repeat(node);
      case "group":
        return this.#group(node.group, node.body);
      case "atomic":
        return this.#apart(this.add({ op: "atomic", next: 0 }), node.body);
      case "look":
        return this.#look(node);
      case "reference":
        this.add({ op: "reference", register: 2 * node.group, fold: node.fold });
        return;
      case "assertion":
        this.add({ op: "assert", holds: node.holds });
        return;
      case "never":
        this.add({ op: "fail" });
    }
  }

  /** A reference inside the group means its last match: so start and end are set at the group's end. */
  #group(group: number, body: RegexNode): void {
    const begin = this.registers++;
    this.add({ op: "save", register: begin });
    this.write(body);
    this.add({ op: "close", register: 2 * group, begin });
  }

  #look({ isNegative, behind, body }: LookNode): void {
    this.#apart(this.add({ op: "look", isNegative, behind, next: 0 }), body);
  }

  #apart(step: { next: number }, body: RegexNode): void {
    this.write(body);
    this.add({ op: "match" });
    step.next = this.steps.length;
  }

  #choice(ways: readonly RegexNode[]): void {
    const ends: { next: number }[] = [];
    ways.forEach((way, index) => {
      const isLast = index === ways.length - 1;
      const split = isLast ? undefined : this.add({ op: "split", next: this.steps.length + 1, other: 0 });
      this.write(way);
      if (split === undefined) return;
      ends.push(this.add({ op: "jump", next: 0 }));
      split.other = this.steps.length;
    });
    for (const end of ends) end.next = this.steps.length;
  }

  /** Adds a counter only if there is something to count, or if the part may match nothing and would never end. */
  #repeat(node: RepeatNode): void {
    const { body, min, max, isLazy } = node;
    const mayBeEmpty = widthOf(body).min === 0;
    if (min === 0 && max === 1) return this.#optional(body, isLazy);
    if (min > 1 || max !== Infinity || mayBeEmpty) return this.#counted(node);
    if (min === 0) {
      const split = this.add({ op: "split", next: 0, other: 0 });
      const first = this.steps.length;
      this.write(body);
      this.add({ op: "jump", next: first - 1 });
      return order(split, [first, this.steps.length], isLazy);
    }
    const first = this.steps.length;
    this.write(body);
    const split = this.add({ op: "split", next: 0, other: 0 });
    order(split, [first, this.steps.length], isLazy);
  }

  #optional(body: RegexNode, isLazy: boolean): void {
    const split = this.add({ op: "split", next: 0, other: 0 });
    const first = this.steps.length;
    this.write(body);
    order(split, [first, this.steps.length], isLazy);
  }

  #counted(repeat: RepeatNode): void {
    const register = this.registers;
    this.registers += 2;
    this.add({ op: "reset", register });
    const at = this.steps.length;
    const loop = this.add({ op: "loop", register, repeat, exit: 0 });
    this.add({ op: "again", register });
    this.write(repeat.body);
    this.add({ op: "jump", next: at });
    loop.exit = this.steps.length;
  }

  #setOf(text: string): (code: number) => boolean {
    const known = this.#sets.get(text) ?? setOf(text);
    this.#sets.set(text, known);
    return known;
  }
}

function order(
  split: { next: number; other: number },
  ways: readonly [number, number],
  isLazy: boolean,
): void {
  [split.next, split.other] = isLazy ? [ways[1], ways[0]] : ways;
}

const asciiCodes = 128;

/** Asks the runtime for one character at a time, which takes bounded time, and caches the answers for ASCII. */
function setOf(text: string): (code: number) => boolean {
  const pattern = new RegExp(text, "v");
  const known = new Int8Array(asciiCodes);
  return (code) => {
    if (code >= asciiCodes) return pattern.test(String.fromCodePoint(code));
    if (known[code] === 0) known[code] = pattern.test(String.fromCharCode(code)) ? 1 : -1;
    return known[code] === 1;
  };
}
