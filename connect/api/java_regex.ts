/** Java's regular expressions, on this runtime's engine. (`java.util.regex.Pattern`) @module */

import { JvmException } from "./exceptions.ts";
import { translate } from "./java_regex_translator.ts";

/**
 * A compiled Java pattern.
 *
 * Java's syntax is translated: possessive and atomic groups, inline flags, `\Q…\E`, POSIX and Unicode classes, class
 * intersections, and `\w`, `\d`, `.` and `$` mean what they mean in Java. Unicode blocks (`\p{InGreek}`) and `\G`, `\X`
 * and `\N` are refused.
 *
 * @example
 * ```ts
 * import { JavaPattern } from "./java_regex.ts";
 * const pattern = JavaPattern.compile("(?<bank>\\w++)\\.(.*)");
 * if (!pattern.matches("bank1.customers")) throw new Error("the whole text matches");
 * if (pattern.replaceFirst("bank1.customers", "$2-${bank}") !== "customers-bank1") throw new Error("Java's own syntax");
 * ```
 */
export class JavaPattern {
  readonly #find: RegExp;
  readonly #names: ReadonlyMap<string, number>;
  readonly #groups: number;

  private constructor(
    /** Matches whole texts, as `Matcher.matches` does. */
    readonly whole: RegExp,
    source: { readonly text: string; readonly names: ReadonlyMap<string, number>; readonly groups: number },
  ) {
    this.#find = new RegExp(source.text, "v");
    this.#names = source.names;
    this.#groups = source.groups;
  }

  /** @throws JvmException `java.util.regex.PatternSyntaxException` */
  static compile(pattern: string): JavaPattern {
    const source = translate(pattern);
    return new JavaPattern(new RegExp(`^(?:${source.text})$`, "v"), source);
  }

  /** Whether the whole text matches. */
  matches(text: string): boolean {
    return this.whole.test(text);
  }

  /**
   * The text with the first place that matches replaced; `$1`, `${name}` and `\` mean what they mean in
   * `Matcher.replaceFirst`, whose exceptions a wrong replacement ends in.
   */
  replaceFirst(text: string, replacement: string): string {
    const found = this.#find.exec(text);
    if (found === null) return text;
    const inserted = this.#expand(replacement, found);
    return text.slice(0, found.index) + inserted + text.slice(found.index + found[0].length);
  }

  #expand(replacement: string, found: RegExpExecArray): string {
    let result = "";
    for (let at = 0; at < replacement.length; at++) {
      const char = replacement[at];
      if (char === "\\") {
        if (++at === replacement.length) throw illegal("character to be escaped is missing");
        result += replacement[at];
      } else if (char === "$") {
        const reference = this.#reference(replacement, at + 1);
        result += groupText(found, reference.group);
        at = reference.end - 1;
      } else {
        result += char;
      }
    }
    return result;
  }

  /** The group that a reference behind a `$` means, and where the reference ends. */
  #reference(replacement: string, at: number): { readonly group: number; readonly end: number } {
    if (at === replacement.length) throw illegal("Illegal group reference: group index is missing");
    if (replacement[at] === "{") return this.#namedReference(replacement, at + 1);
    if (!/\d/.test(replacement[at] ?? "")) throw illegal("Illegal group reference");
    let group = Number(replacement[at]);
    if (group > this.#groups) throw new JvmException(outOfBounds, `No group ${group}`, { jvmMessage: true });
    let end = at + 1;
    // Further digits belong to the reference only as long as there is such a group.
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

function groupText(found: RegExpExecArray, group: number): string {
  return group === 0 ? found[0] : found.groups?.[`g${group}`] ?? "";
}

function illegal(message: string): JvmException {
  return new JvmException("java.lang.IllegalArgumentException", message, { jvmMessage: true });
}
