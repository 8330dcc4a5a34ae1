/** Java's regular expressions, in bounded time. (`java.util.regex.Pattern`) @module */

import { JvmException } from "../api/exceptions.ts";
import { RegexMatcher, TooManySteps } from "./regex_matcher.ts";
import { type ParsedPattern, parsePattern } from "./regex_parser.ts";
import { programOf, type RegexProgram } from "./regex_program.ts";
import { syntaxError } from "./regex_reader.ts";

/**
 * A compiled Java pattern.
 *
 * A backtracking matcher takes the same path as Java's, so that look-arounds, references and possessive quantifiers
 * mean the same. It counts its steps: a pattern that takes too many ends in Java's `StackOverflowError`, which no
 * `errors.tolerance` tolerates. Unicode blocks (`\p{InGreek}`) and `\G`, `\X` and `\N` are refused.
 *
 * @example
 * ```ts
 * import { JavaPattern } from "./regex.ts";
 * const pattern = JavaPattern.compile("(?<bank>\\w++)\\.(.*)");
 * if (!pattern.matches("bank1.customers")) throw new Error("the whole text matches");
 * if (pattern.replaceFirst("bank1.customers", "$2-${bank}") !== "customers-bank1") throw new Error("Java's own syntax");
 * ```
 */
export class JavaPattern {
  readonly #program: RegexProgram;
  readonly #names: ReadonlyMap<string, number>;
  readonly #groups: number;
  #stepsLeft = stepsAtFirst;

  private constructor({ node, names, groups }: ParsedPattern) {
    this.#program = programOf(node, groups);
    this.#names = names;
    this.#groups = groups;
  }

  /** @throws JvmException `java.util.regex.PatternSyntaxException` */
  static compile(pattern: string): JavaPattern {
    try {
      return new JavaPattern(parsePattern(pattern));
    } catch (cause) {
      // This runtime doesn't support a class, or groups are nested too deeply.
      if (!(cause instanceof SyntaxError) && !(cause instanceof RangeError)) throw cause;
      throw syntaxError(`Unsupported pattern\n${pattern}`, cause);
    }
  }

  /**
   * Returns whether the whole text matches.
   *
   * @throws JvmException `java.lang.StackOverflowError` after too many steps
   */
  matches(text: string): boolean {
    return this.#counted(text, (matcher) => matcher.matchAt(0, text.length) !== undefined);
  }

  /**
   * Replaces the first match; `$1`, `${name}` and `\` mean the same as in `Matcher.replaceFirst`, whose exceptions a
   * wrong replacement throws.
   *
   * @throws JvmException `java.lang.StackOverflowError` after too many steps
   */
  replaceFirst(text: string, replacement: string): string {
    const found = this.#counted(text, (matcher) => find(matcher, text));
    if (found === undefined) return text;
    const [begin = 0, end = 0] = found;
    return text.slice(0, begin) + this.#expand(replacement, (group) => groupText(text, found, group)) +
      text.slice(end);
  }

  /** Checks a replacement. @throws what `replaceFirst` would throw once something matches */
  checkReplacement(replacement: string): void {
    this.#expand(replacement, () => "");
  }

  #counted<T>(text: string, match: (matcher: RegexMatcher) => T): T {
    const matcher = new RegexMatcher(this.#program, text, this.#stepsLeft);
    try {
      const result = match(matcher);
      this.#stepsLeft = Math.min(stepsAtFirst, matcher.stepsLeft + stepsPerText);
      return result;
    } catch (cause) {
      if (!(cause instanceof TooManySteps)) throw cause;
      this.#stepsLeft = 0; // permanently: the next text would take as long
      throw new JvmException("java.lang.StackOverflowError", tooManySteps, {
        rule: "pattern_too_slow",
        jvmMessage: true,
        cause,
      });
    }
  }

  #expand(replacement: string, groupText: (group: number) => string): string {
    let result = "";
    for (let at = 0; at < replacement.length; at++) {
      const char = replacement[at];
      if (char === "\\") {
        if (++at === replacement.length) throw illegal("character to be escaped is missing");
        result += replacement[at];
      } else if (char === "$") {
        const reference = this.#reference(replacement, at + 1);
        result += groupText(reference.group);
        at = reference.end - 1;
      } else {
        result += char;
      }
    }
    return result;
  }

  /** Returns the group that a `$` refers to, and where the reference ends. */
  #reference(replacement: string, at: number): { readonly group: number; readonly end: number } {
    if (at === replacement.length) throw illegal("Illegal group reference: group index is missing");
    if (replacement[at] === "{") return this.#namedReference(replacement, at + 1);
    if (!/\d/.test(replacement[at] ?? "")) throw illegal("Illegal group reference");
    let group = Number(replacement[at]);
    if (group > this.#groups) throw new JvmException(outOfBounds, `No group ${group}`, { jvmMessage: true });
    let end = at + 1;
    // Further digits belong to the reference only if such a group exists.
    while (/\d/.test(replacement[end] ?? "") && group * 10 + Number(replacement[end]) <= this.#groups) {
      group = group * 10 + Number(replacement[end++]);
    }
    return { group, end };
  }

  #namedReference(replacement: string, at: number): { readonly group: number; readonly end: number } {
    const name = /^[A-Za-z0-9]*/.exec(replacement.slice(at))?.[0] ?? "";
    const end = at + name.length;
    if (name === "") throw illegal("named capturing group is missing trailing '}'");
    if (replacement[end] !== "}") throw illegal("named capturing group is missing trailing '}'");
    if (/^\d/.test(name)) throw illegal(`capturing group name {${name}} starts with digit character`);
    const group = this.#names.get(name);
    if (group === undefined) throw illegal(`No group with name {${name}}`);
    return { group, end: end + 1 };
  }
}

const outOfBounds = "java.lang.IndexOutOfBoundsException";

/** Steps that a pattern may take: an initial budget, which lasts a tenth of a second, and some per text. */
const stepsAtFirst = 2_000_000;
const stepsPerText = 5_000;

const tooManySteps = "Cannot match a regular expression: it takes more than " +
  `${stepsAtFirst} steps, expected one without repetitions inside repetitions, such as (a+)+`;

/** Names remembered per pattern. */
const namesMax = 10_000;

/**
 * Remembers what a function returns for each name: patterns are matched for every record, and names are few.
 *
 * @example
 * ```ts
 * import { byName, JavaPattern } from "./regex.ts";
 * const pattern = JavaPattern.compile("orders\\..*");
 * const isOrders = byName((topic) => pattern.matches(topic));
 * if (!isOrders("orders.eu") || isOrders("customers")) throw new Error("as the pattern says");
 * ```
 */
export function byName<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  let last: { readonly name: string; readonly made: T } | undefined;
  return (name) => {
    if (last?.name === name) return last.made; // records of one topic come in runs
    const made = known.has(name) ? known.get(name) as T : make(name);
    if (known.size >= namesMax) known.clear();
    known.set(name, made);
    last = { name, made };
    return made;
  };
}

function find(matcher: RegexMatcher, text: string): Int32Array | undefined {
  for (let start = 0; start <= text.length; start += (text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1) {
    const found = matcher.matchAt(start, -1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the text of a group; empty if it took no part in the match. */
function groupText(text: string, found: Int32Array, group: number): string {
  const [begin = -1, end = -1] = found.subarray(2 * group);
  return begin < 0 ? "" : text.slice(begin, end);
}

function illegal(message: string): JvmException {
  return new JvmException("java.lang.IllegalArgumentException", message, { jvmMessage: true });
}
