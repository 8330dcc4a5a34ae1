/** Writes a Java pattern as one of this runtime, flag `v`. @module */

import { JvmException } from "./exceptions.ts";
import { literal, readClass } from "./java_regex_class.ts";
import {
  type CaseMode,
  type ClassReader,
  escapeClass,
  propertyClass,
  readCharacterEscape,
} from "./java_regex_escapes.ts";

/** A translated pattern; capturing group n is called `gn` in it. */
export interface TranslatedPattern {
  readonly text: string;
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
}

/**
 * Translates a pattern.
 *
 * @throws JvmException `java.util.regex.PatternSyntaxException`, worded as Java's where Java refuses it too
 */
export function translate(pattern: string): TranslatedPattern {
  if (pattern.length > patternCharactersMax) {
    const why = `Pattern has more than ${patternCharactersMax} characters`;
    throw new JvmException(syntaxException, why, { jvmMessage: true });
  }
  const translator = new Translator(pattern);
  const text = translator.all();
  try {
    new RegExp(text, "v");
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new JvmException(syntaxException, `Unsupported pattern\n${pattern}`, { jvmMessage: true, cause });
  }
  return { text, names: translator.names, groups: translator.groups };
}

/** Longest pattern: a longer one of groups in groups would end the stack. */
const patternCharactersMax = 4_096;

const syntaxException = "java.util.regex.PatternSyntaxException";
const terminators = "\\n\\r\\u0085\\u2028\\u2029";
const start = "(?<![^])";
const end = "(?![^])";
/** Openings of groups that need no translation. */
const plainOpenings = ["(?:", "(?=", "(?!", "(?<=", "(?<!"] as const;
/** What stands between `(?` and `)` or `:` where flags are set. */
const knownFlags = /^[idmsuxU]*(?:-[idmsuxU]*)?(?=[:)])/;

class Translator implements ClassReader {
  readonly names = new Map<string, number>();
  groups = 0;
  position = 0;
  #flags: ReadonlySet<string> = new Set();
  #atomics = 0;

  constructor(readonly pattern: string) {}

  all(): string {
    const text = this.#alternatives();
    if (this.position < this.pattern.length) this.fail("Unmatched closing ')'", this.position - 1);
    return text;
  }

  /** How letters compare here. */
  get caseMode(): CaseMode {
    if (!this.#flags.has("i")) return "exact";
    return this.#flags.has("u") || this.#flags.has("U") ? "unicode" : "ascii";
  }

  get unicodeClasses(): boolean {
    return this.#flags.has("U");
  }

  peek(offset = 0): string {
    const code = this.pattern.codePointAt(this.position + offset);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  take(): string {
    const char = this.peek();
    this.position += char.length;
    return char;
  }

  takeIf(text: string): boolean {
    if (!this.pattern.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  /** Takes what a pattern that begins with ^ matches from here on. */
  takeMatch(expected: RegExp): RegExpExecArray | null {
    const found = expected.exec(this.pattern.slice(this.position));
    if (found !== null) this.position += found[0].length;
    return found;
  }

  fail(description: string, index = this.position): never {
    const near = ` near index ${index}\n${this.pattern}`;
    const caret = index < this.pattern.length ? `\n${" ".repeat(Math.max(0, index))}^` : "";
    throw new JvmException(syntaxException, description + near + caret, { jvmMessage: true });
  }

  /** Everything up to the closing bracket of the group, flags set inside it end with it. */
  #alternatives(): string {
    const flags = this.#flags;
    let text = "";
    while (this.position < this.pattern.length && this.peek() !== ")") {
      text += this.takeIf("|") ? "|" : this.#quantified(this.#atom());
    }
    this.#flags = flags;
    return text;
  }

  #atom(): string {
    const char = this.peek();
    if (char === "{") return "(?:)"; // Java repeats the empty text here, or refuses what follows
    this.take();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return readClass(this);
      case "\\":
        return this.#escape();
      case ".":
        return this.#flags.has("s") ? "[^]" : `[^${this.#terminators}]`;
      case "^":
        return this.#flags.has("m") ? `(?:${start}|(?<=[${this.#terminators}])(?=[^]))` : start;
      case "$":
        return this.#flags.has("m")
          ? `(?=[${terminators}]|${end})`
          : `(?=(?:\\r\\n|[${terminators}])?${end})`;
      case "*":
      case "+":
      case "?":
        return this.fail(`Dangling meta character '${char}'`, this.position - 1);
    }
    if (this.#flags.has("x") && (/\s/.test(char) || char === "#")) {
      if (char === "#") this.takeMatch(/^[^\n]*/);
      return "";
    }
    return literal(char, this.caseMode);
  }

  /** What ends a line; under `(?d)` only a line feed does. */
  get #terminators(): string {
    return this.#flags.has("d") ? "\\n" : terminators;
  }

  /** The end of the text or of its last line. */
  #atLastLine(): string {
    return `(?=(?:\\r\\n|[${this.#terminators}])?${end})`;
  }

  #quantified(atom: string): string {
    const quantifier = this.#quantifier();
    if (quantifier === "" || atom === "") return atom;
    if (this.takeIf("+")) return this.#atomic(atom + quantifier);
    return atom + quantifier + (this.takeIf("?") ? "?" : "");
  }

  #quantifier(): string {
    const simple = this.takeMatch(/^[*+?]/);
    if (simple !== null) return simple[0];
    if (this.peek() !== "{") return "";
    const bounds = this.takeMatch(/^\{(\d+)(,?)(\d*)\}/);
    if (bounds === null) {
      return this.fail(
        /^\{\d/.test(this.pattern.slice(this.position)) ? "Unclosed counted closure" : "Illegal repetition",
      );
    }
    const [text, low, , high] = bounds;
    if (high !== "" && Number(high) < Number(low)) this.fail("Illegal repetition range", this.position - 1);
    return text;
  }

  /** Once matched never given back: a lookahead keeps what it found, the reference then takes exactly that. */
  #atomic(text: string): string {
    const name = `a${++this.#atomics}`;
    return `(?:(?=(?<${name}>${text}))\\k<${name}>)`;
  }

  #group(): string {
    if (this.peek() !== "?") return this.#capture();
    const named = this.takeMatch(/^\?<([a-zA-Z][a-zA-Z0-9]*)>/)?.[1];
    if (named !== undefined) {
      if (this.names.has(named)) {
        this.fail(`Named capturing group <${named}> is already defined`, this.position - 1);
      }
      this.names.set(named, this.groups + 1);
      return this.#capture();
    }
    if (this.takeIf("?>")) return this.#atomic(this.#rest());
    const plain = plainOpenings.find((text) => this.takeIf(text.slice(1)));
    if (plain !== undefined) return `${plain}${this.#rest()})`;
    return this.#flagGroup();
  }

  #capture(): string {
    const number = ++this.groups;
    return `(?<g${number}>${this.#rest()})`;
  }

  #rest(): string {
    const text = this.#alternatives();
    if (!this.takeIf(")")) this.fail("Unclosed group", this.pattern.length);
    return text;
  }

  #flagGroup(): string {
    this.take();
    const text = this.takeMatch(knownFlags)?.[0];
    if (text === undefined) return this.fail("Unknown inline modifier");
    const [on = "", off = ""] = text.split("-");
    const flags = new Set([...this.#flags, ...on]);
    for (const flag of off) flags.delete(flag);
    if (this.takeIf(")")) {
      this.#flags = flags;
      return "";
    }
    const outer = this.#flags;
    this.take();
    this.#flags = flags;
    const body = this.#rest();
    this.#flags = outer;
    return `(?:${body})`;
  }

  #escape(): string {
    if (this.takeIf("Q")) return this.#quoted();
    const assertion = this.takeMatch(/^[bBAzZ]/)?.[0];
    if (assertion === "Z") return this.#atLastLine();
    if (assertion !== undefined) return assertions[assertion] ?? "";
    const property = propertyClass(this) ?? escapeClass(this);
    if (property !== undefined) return property;
    const name = this.takeMatch(/^k<([a-zA-Z][a-zA-Z0-9]*)>/)?.[1];
    if (name !== undefined) return this.#reference(this.names.get(name));
    const digits = this.takeMatch(/^[1-9]/)?.[0];
    if (digits !== undefined) return this.#numberedReference(Number(digits));
    return literal(readCharacterEscape(this), this.caseMode);
  }

  #quoted(): string {
    const close = this.pattern.indexOf("\\E", this.position);
    const text = this.pattern.slice(this.position, close < 0 ? undefined : close);
    this.position = close < 0 ? this.pattern.length : close + 2;
    const chars = [...text].map((char) => literal(char, this.caseMode));
    // A quantifier behind the quotation counts for its last character only.
    const last = chars.pop();
    return chars.join("") + (last === undefined ? "" : this.#quantified(last));
  }

  /** Further digits belong to the number only as long as there is such a group. */
  #numberedReference(first: number): string {
    let group = first;
    for (
      let next = this.peek();
      /^\d$/.test(next) && group * 10 + Number(next) <= this.groups;
      next = this.peek()
    ) {
      group = group * 10 + Number(this.take());
    }
    return this.#reference(group <= this.groups ? group : undefined);
  }

  #reference(group: number | undefined): string {
    if (group === undefined) return "(?!)";
    const text = `\\k<g${group}>`;
    return this.caseMode === "exact" ? text : `(?i:${text})`;
  }
}

const assertions: Readonly<Record<string, string>> = {
  b: "\\b",
  B: "\\B",
  A: start,
  z: end,
};
