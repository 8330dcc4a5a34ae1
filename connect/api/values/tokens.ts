/** Splits text into tokens: runs of characters between unescaped `:,{}[]"`. @module */

const delimiters = ':,{}[]"';

/** Trims blanks and control characters. (`String.trim` of Java) */
export function javaTrim(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, "");
}

/**
 * Returns tokens one by one, with one token of look-ahead and `rewind` to a mark.
 *
 * @example
 * ```ts
 * import { ValueTokens } from "./tokens.ts";
 * const tokens = new ValueTokens("[ 1,2]");
 * if (!tokens.take("[") || tokens.next() !== " 1" || !tokens.take(",")) throw new Error("delimiters are tokens");
 * ```
 */
export class ValueTokens {
  #position = 0;
  #ahead: string | null = null;

  constructor(readonly text: string) {}

  get hasNext(): boolean {
    return this.#ahead !== null || this.#position < this.text.length;
  }

  /** Returns the current position, for `rewind`. */
  mark(): number {
    return this.#position - (this.#ahead?.length ?? 0);
  }

  rewind(mark: number): void {
    this.#position = mark;
    this.#ahead = null;
  }

  next(): string {
    const token = this.#ahead ?? this.#read();
    this.#ahead = null;
    return token;
  }

  /** Returns the text of the next tokens, or null if there are fewer. */
  nextText(count: number): string | null {
    const start = this.mark();
    for (let taken = 0; taken < count; taken++) {
      if (!this.hasNext) {
        this.rewind(start);
        return null;
      }
      this.next();
    }
    return this.text.slice(start, this.#position);
  }

  /** Takes the next token if it is the expected one, apart from blanks; skips blank tokens before it either way. */
  take(expected: string): boolean {
    if (!this.hasNext) return false;
    this.#ahead ??= this.#read();
    while (javaTrim(this.#ahead) === "" && this.#position < this.text.length) this.#ahead = this.#read();
    if (javaTrim(this.#ahead) !== expected) return false;
    this.#ahead = null;
    return true;
  }

  #read(): string {
    const start = this.#position;
    let escaped = false;
    while (this.#position < this.text.length) {
      const char = this.text.charAt(this.#position);
      if (!escaped && delimiters.includes(char)) {
        if (start === this.#position) this.#position++;
        break;
      }
      escaped = char === "\\" && !escaped;
      this.#position++;
    }
    return this.text.slice(start, this.#position);
  }
}
