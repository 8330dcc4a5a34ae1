/**
 * Scans JSON like Jackson does for JsonConverter: accepts leading zeros in numbers and ignores everything
 * after the first value. Subclasses decide what objects and numbers become.
 *
 * No library accepts what Jackson accepts, and `JSON.parse` neither keeps every digit nor stops after the
 * first value. `json_plain.ts` uses this scanner only if `JSON.parse` can't give Jackson's result.
 *
 * @module
 */

/** Jackson's limits. (`StreamReadConstraints`) */
export const nestingMax = 1000;
const numberCharactersMax = 1000;
export const nameCharactersMax = 50_000;

const numberPattern = /(-?)0*(\d+)((?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
/** Characters that must not directly follow a word: Jackson also refuses every character of two bytes. */
const wordCharacter = /[\w\u007f-\uffff]/;
const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** The text isn't JSON. The message names the position and the rule, never a character of the text. */
export class JsonTextError extends Error {}

/**
 * @template V type of values
 * @template O type of objects while their members are read
 */
export abstract class JsonScanner<V, O> {
  /** The outermost object's last member, and where its value starts. */
  lastMemberName = "";
  lastMemberAt = 0;
  #at: number;
  #depth: number;

  /** @param depth objects and arrays around the place to start from */
  constructor(readonly text: string, at = 0, depth = 0) {
    this.#at = at;
    this.#depth = depth;
  }

  protected abstract newObject(): O;
  protected abstract setMember(object: O, name: string, value: V): void;
  protected abstract closeObject(object: O): V;
  protected abstract closeArray(items: V[]): V;
  protected abstract literal(value: string | boolean | null): V;
  /** @param text an integer without leading zeros */
  protected abstract integer(text: string): V;
  /** @param text a number with a point or an exponent @returns undefined if the exponent is too large */
  protected abstract fraction(text: string): V | undefined;

  /** Reads the value that starts here. */
  member(): V {
    return this.#value();
  }

  /** Returns whether the innermost object ends here. */
  endsObject(): boolean {
    return this.#take("}");
  }

  /** Refuses a value that isn't closed at the end of the text, because undecodable bytes follow. */
  refuseEnd(): void {
    const closed = /^[\x20\n\r\t]*["[{]/.test(this.text);
    if (this.#atEnd && !closed) throw this.#error("unreadable bytes");
  }

  get #atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  /** Reads the first value; returns undefined if only blanks are left. */
  root(): V | undefined {
    this.#skipBlanks();
    if (this.#atEnd) return undefined;
    const start = this.text.charCodeAt(this.#at);
    const value = this.#value();
    if (start === 0x2d || isDigit(start)) this.#endOfRootNumber();
    return value;
  }

  #value(): V {
    const code = this.text.charCodeAt(this.#at);
    switch (code) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x22:
        return this.literal(this.#string());
      case 0x74:
        return this.#word("true", true);
      case 0x66:
        return this.#word("false", false);
      case 0x6e:
        return this.#word("null", null);
      default:
        if (code === 0x2d || isDigit(code)) return this.#number();
        throw this.#error("expected a value");
    }
  }

  #object(): V {
    this.#enter();
    const object = this.newObject();
    if (!this.#take("}")) {
      do this.#member(object); while (this.#take(","));
      if (!this.#take("}")) throw this.#error("expected a comma or the end of the object");
    }
    this.#depth--;
    return this.closeObject(object);
  }

  #member(object: O): void {
    this.#skipBlanks();
    if (this.text.charCodeAt(this.#at) !== 0x22) throw this.#error("expected a name in double quotes");
    const name = this.#string();
    if (name.length > nameCharactersMax) {
      throw this.#error(`a name is longer than ${nameCharactersMax} characters`);
    }
    if (!name.isWellFormed()) throw this.#error("half a surrogate pair in a name");
    if (!this.#take(":")) throw this.#error("expected a colon");
    this.#skipBlanks();
    if (this.#depth === 1) [this.lastMemberName, this.lastMemberAt] = [name, this.#at];
    this.setMember(object, name, this.#value());
  }

  #array(): V {
    this.#enter();
    const items: V[] = [];
    if (!this.#take("]")) {
      do {
        this.#skipBlanks();
        items.push(this.#value());
      } while (this.#take(","));
      if (!this.#take("]")) throw this.#error("expected a comma or the end of the array");
    }
    this.#depth--;
    return this.closeArray(items);
  }

  #string(): string {
    let value = "";
    let start = ++this.#at;
    for (;; this.#at++) {
      const code = this.text.charCodeAt(this.#at);
      if (code === 0x22) return value + this.text.slice(start, this.#at++);
      if (Number.isNaN(code)) throw this.#error("a string does not end");
      if (code < 0x20) throw this.#error("control character in a string");
      if (code !== 0x5c) continue;
      value += this.text.slice(start, this.#at) + this.#escape();
      start = this.#at + 1;
    }
  }

  /** Returns the character of an escape and stops on the escape's last character. */
  #escape(): string {
    const letter = this.text.charAt(++this.#at);
    const known = escapes.get(letter);
    if (known !== undefined) return known;
    const hex = this.text.slice(this.#at + 1, this.#at + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#error("unknown escape in a string");
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #word(word: string, value: boolean | null): V {
    if (!this.text.startsWith(word, this.#at)) throw this.#error("unknown word");
    this.#at += word.length;
    if (wordCharacter.test(this.text.charAt(this.#at))) throw this.#error("unknown word");
    return this.literal(value);
  }

  #number(): V {
    numberPattern.lastIndex = this.#at;
    const found = numberPattern.exec(this.text);
    if (found === null) throw this.#error("a number has no digits");
    const [whole, sign = "", digits = "", rest = ""] = found;
    this.#at += whole.length;
    if (/[.eE]/.test(this.text.charAt(this.#at))) throw this.#error("a number is incomplete");
    const characters = digits.length + rest.replace(/[^\d]/g, "").length;
    if (characters > numberCharactersMax) {
      throw this.#error(`a number is longer than ${numberCharactersMax} characters`);
    }
    if (rest === "") return this.integer(sign + digits);
    const fraction = this.fraction(sign + digits + rest);
    if (fraction === undefined) throw this.#error("the exponent of a number is too large");
    return fraction;
  }

  #endOfRootNumber(): void {
    if (!this.#atEnd && !isBlank(this.text.charCodeAt(this.#at))) {
      throw this.#error("expected a blank after the number");
    }
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > nestingMax) throw this.#error(`nested deeper than ${nestingMax}`);
  }

  #take(char: string): boolean {
    this.#skipBlanks();
    if (this.text.charAt(this.#at) !== char) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.#at))) this.#at++;
  }

  #error(rule: string): JsonTextError {
    return new JsonTextError(`${rule} (character ${this.#at + 1})`);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
