/** Parses a Java pattern. @module */

import {
  atAnyEnd,
  atAnyStart,
  atEnd,
  atLastEnd,
  atStart,
  atWordBoundary,
  lineEnds,
} from "./regex_assertions.ts";
import { literal, readClass } from "./regex_class.ts";
import {
  type CaseMode,
  type ClassReader,
  escapeClass,
  propertyClass,
  readCharacterEscape,
} from "./regex_escapes.ts";
import { folds, lineBreak, nothing, type RegexAssertion, type RegexNode, widthOf } from "./regex_node.ts";
import { PatternReader } from "./regex_reader.ts";

export interface ParsedPattern {
  readonly node: RegexNode;
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
}

/**
 * Parses a pattern.
 *
 * @throws JvmException `java.util.regex.PatternSyntaxException`, in Java's words if Java refuses the pattern too
 */
export function parsePattern(pattern: string): ParsedPattern {
  const parser = new Parser(pattern);
  const node = parser.all();
  return { node, names: parser.names, groups: parser.groups };
}

/** Java counts by `int`. */
const repeatsMax = 2_147_483_647;

/** Flags between `(?` and `)` or `:`. */
const knownFlags = /^[idmsuxU]*(?:-[idmsuxU]*)?(?=[:)])/;

class Parser extends PatternReader implements ClassReader {
  readonly names = new Map<string, number>();
  groups = 0;
  #flags: ReadonlySet<string> = new Set();

  all(): RegexNode {
    const node = this.#alternatives();
    if (this.position < this.pattern.length) this.fail("Unmatched closing ')'", this.position - 1);
    return node;
  }

  get caseMode(): CaseMode {
    if (!this.#flags.has("i")) return "exact";
    return this.#flags.has("u") || this.#flags.has("U") ? "unicode" : "ascii";
  }

  get unicodeClasses(): boolean {
    return this.#flags.has("U");
  }

  /** Reads up to the group's closing bracket; flags set inside the group end with it. */
  #alternatives(): RegexNode {
    const flags = this.#flags;
    const ways: RegexNode[] = [];
    let parts: RegexNode[] = [];
    while (this.position < this.pattern.length && this.peek() !== ")") {
      if (this.takeIf("|")) {
        ways.push({ kind: "sequence", parts });
        parts = [];
      } else {
        parts.push(...this.#quantified(this.#atom()));
      }
    }
    this.#flags = flags;
    const last: RegexNode = { kind: "sequence", parts };
    return ways.length === 0 ? last : { kind: "choice", ways: [...ways, last] };
  }

  /**
   * Reads parts that belong together, of which a quantifier applies to the last; none for flags, which match nothing.
   */
  #atom(): readonly RegexNode[] {
    const char = this.peek();
    if (char === "{") return [nothing]; // Java repeats the empty text here, or refuses what follows
    this.take();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return [{ kind: "set", text: readClass(this) }];
      case "\\":
        return this.#escape();
      case ".":
        return [{ kind: "set", text: this.#flags.has("s") ? "[^]" : `[^${classOf(this.#lineEnds)}]` }];
      case "^":
        return [assertion(this.#flags.has("m") ? atAnyStart(this.#lineEnds) : atStart)];
      case "$":
        return [assertion(this.#flags.has("m") ? atAnyEnd(this.#lineEnds) : atLastEnd(this.#lineEnds))];
      case "*":
      case "+":
      case "?":
        return this.fail(`Dangling meta character '${char}'`, this.position - 1);
    }
    if (this.#flags.has("x") && (/\s/.test(char) || char === "#")) {
      if (char === "#") this.takeMatch(/^[^\n]*/);
      return [];
    }
    return [literal(char, this.caseMode)];
  }

  /** Line ends; under `(?d)` only the line feed. */
  get #lineEnds(): string {
    return this.#flags.has("d") ? lineEnds.unix : lineEnds.all;
  }

  #quantified(parts: readonly RegexNode[]): readonly RegexNode[] {
    const bounds = this.#quantifier();
    const last = parts.at(-1);
    if (bounds === undefined || last === undefined) return parts;
    // A single CR LF may match as one or two line ends; repeated, it matches as one.
    const body: RegexNode = last === lineBreak ? { kind: "atomic", body: last } : last;
    const [min, max] = bounds;
    const mode = this.takeMatch(/^[+?]/)?.[0];
    const repeat: RegexNode = { kind: "repeat", body, min, max, isLazy: mode === "?" };
    return [...parts.slice(0, -1), mode === "+" ? { kind: "atomic", body: repeat } : repeat];
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    const simple = this.takeMatch(/^[*+?]/)?.[0];
    if (simple !== undefined) return [simple === "+" ? 1 : 0, simple === "?" ? 1 : Infinity];
    if (this.peek() !== "{") return undefined;
    const bounds = this.takeMatch(/^\{(\d+)(,?)(\d*)\}/);
    if (bounds === null) {
      return this.fail(
        /^\{\d/.test(this.pattern.slice(this.position)) ? "Unclosed counted closure" : "Illegal repetition",
      );
    }
    const [, low, comma, high] = bounds;
    const min = Number(low);
    const max = high !== "" ? Number(high) : comma === "" ? min : Infinity;
    const isTooMany = [min, max].some((count) => count > repeatsMax && count !== Infinity);
    if (max < min || isTooMany) this.fail("Illegal repetition range", this.position - 1);
    return [min, max];
  }

  #group(): readonly RegexNode[] {
    if (this.peek() !== "?") return [this.#capture()];
    const named = this.takeMatch(/^\?<([a-zA-Z][a-zA-Z0-9]*)>/)?.[1];
    if (named !== undefined) {
      if (this.names.has(named)) {
        this.fail(`Named capturing group <${named}> is already defined`, this.position - 1);
      }
      this.names.set(named, this.groups + 1);
      return [this.#capture()];
    }
    if (this.takeIf("?:")) return [this.#rest()];
    if (this.takeIf("?>")) return [{ kind: "atomic", body: this.#rest() }];
    const look = this.takeMatch(/^\?(<?)([=!])/);
    if (look !== null) return [this.#look(look[1] !== "", look[2] === "!")];
    return this.#flagGroup();
  }

  #capture(): RegexNode {
    const group = ++this.groups;
    return { kind: "group", group, body: this.#rest() };
  }

  #look(isBehind: boolean, isNegative: boolean): RegexNode {
    const body = this.#rest();
    return { kind: "look", body, isNegative, behind: isBehind ? widthOf(body) : null };
  }

  #rest(): RegexNode {
    const node = this.#alternatives();
    if (!this.takeIf(")")) this.fail("Unclosed group", this.pattern.length);
    return node;
  }

  #flagGroup(): readonly RegexNode[] {
    this.take();
    const text = this.takeMatch(knownFlags)?.[0];
    if (text === undefined) return this.fail("Unknown inline modifier");
    const [on = "", off = ""] = text.split("-");
    const flags = new Set([...this.#flags, ...on]);
    for (const flag of off) flags.delete(flag);
    if (this.takeIf(")")) {
      this.#flags = flags;
      return [];
    }
    const outer = this.#flags;
    this.take();
    this.#flags = flags;
    const body = this.#rest();
    this.#flags = outer;
    return [body];
  }

  #escape(): readonly RegexNode[] {
    if (this.takeIf("Q")) return this.#quoted();
    const place = this.takeMatch(/^[bBAzZ]/)?.[0];
    if (place !== undefined) return [assertion(this.#placeOf(place))];
    if (this.takeIf("R")) return [lineBreak];
    const property = propertyClass(this);
    if (property !== undefined) return [{ kind: "set", text: this.#anyCase(property) }];
    const set = escapeClass(this);
    if (set !== undefined) return [{ kind: "set", text: set }];
    const name = this.takeMatch(/^k<([a-zA-Z][a-zA-Z0-9]*)>/)?.[1];
    if (name !== undefined) return [this.#namedReference(name)];
    const digits = this.takeMatch(/^[1-9]/)?.[0];
    if (digits !== undefined) return [this.#numberedReference(Number(digits))];
    return [literal(readCharacterEscape(this), this.caseMode)];
  }

  /** `\p{Lu}` is a letter of any case under `(?i)`. */
  #anyCase(set: string): string {
    return this.caseMode === "exact" ? set : `(?i:${set})`;
  }

  #placeOf(letter: string): RegexAssertion {
    if (letter === "A") return atStart;
    if (letter === "z") return atEnd;
    if (letter === "Z") return atLastEnd(this.#lineEnds);
    const boundary = atWordBoundary(this.unicodeClasses);
    return letter === "b" ? boundary : (text, at) => !boundary(text, at);
  }

  /** A quantifier after the quotation applies to its last character. */
  #quoted(): readonly RegexNode[] {
    const close = this.pattern.indexOf("\\E", this.position);
    const text = this.pattern.slice(this.position, close < 0 ? undefined : close);
    this.position = close < 0 ? this.pattern.length : close + 2;
    return [...text].map((char) => literal(char, this.caseMode));
  }

  #namedReference(name: string): RegexNode {
    const group = this.names.get(name);
    if (group === undefined) return this.fail(`named capturing group <${name}> does not exist`);
    return this.#reference(group);
  }

  /** Further digits belong to the number only if such a group exists. */
  #numberedReference(first: number): RegexNode {
    let group = first;
    for (
      let next = this.peek();
      /^\d$/.test(next) && group * 10 + Number(next) <= this.groups;
      next = this.peek()
    ) {
      group = group * 10 + Number(this.take());
    }
    return group <= this.groups ? this.#reference(group) : { kind: "never" };
  }

  #reference(group: number): RegexNode {
    return { kind: "reference", group, fold: folds[this.caseMode] };
  }
}

function assertion(holds: RegexAssertion): RegexNode {
  return { kind: "assertion", holds };
}

function classOf(chars: string): string {
  return [...chars].map((char) => `\\u{${char.charCodeAt(0).toString(16)}}`).join("");
}
