/**
 * Reads JSON as Jackson reads it for JsonConverter: every digit is kept, zeros may stand in front of a number,
 * and whatever follows the first value is ignored. No library does the latter two, and `JSON.parse` none of the
 * three, so this is a reader of our own; `json_fast_path.ts` asks it only for what `JSON.parse` cannot know.
 *
 * @module
 */

import { Decimal } from "../api/decimal.ts";
import type { JsonNode } from "./json_node.ts";

/** Jackson's own limits (`StreamReadConstraints`). */
export const nestingMax = 1000;
export const numberCharactersMax = 1000;
export const nameCharactersMax = 50_000;

const numberPattern = /(-?)0*(\d+)((?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
/** What may not follow a word directly, from `0` on. (`Character.isJavaIdentifierPart`) */
const wordCharacter = /[\p{ID_Continue}\p{Sc}\p{Cf}\u007f-\u009f]/u;
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

/** Text that is not JSON. Its message tells the place and the rule, never a character of the text. */
export class JsonTextError extends Error {}

/**
 * The first value of a text; undefined where the text is blank.
 *
 * @throws JsonTextError
 * @example
 * ```ts
 * import { readJson } from "./json_reader.ts";
 * const node = readJson('{"id": 9007199254740993, "id2": 007.50} and the rest');
 * if (!(node instanceof Map) || node.get("id") !== 9007199254740993n) throw new Error("no digit is lost");
 * if (String(node.get("id2")) !== "7.50") throw new Error("nor is a zero behind the point");
 * ```
 */
export function readJson(text: string): JsonNode | undefined {
  return new JsonReader(text).root();
}

/**
 * The first value of a text that breaks off because the bytes behind it are no text. What ends before that
 * place counts, as Jackson never looks at what follows; what reaches it is an error.
 */
export function readBrokenJson(text: string): JsonNode | undefined {
  const reader = new JsonReader(text);
  const value = reader.root();
  const closed = /^[\x20\n\r\t]*["[{]/.test(text);
  if (!closed && reader.atEnd) throw new JsonTextError("unreadable bytes");
  return value;
}

class JsonReader {
  #at = 0;
  #depth = 0;

  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.#at >= this.text.length;
  }

  root(): JsonNode | undefined {
    this.#skipBlanks();
    if (this.atEnd) return undefined;
    const start = this.text.charCodeAt(this.#at);
    const value = this.#value();
    if (start === 0x2d || isDigit(start)) this.#endOfRootNumber();
    return value;
  }

  #value(): JsonNode {
    const code = this.text.charCodeAt(this.#at);
    switch (code) {
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x22:
        return this.#string();
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

  #object(): ReadonlyMap<string, JsonNode> {
    this.#enter();
    const members = new Map<string, JsonNode>();
    if (this.#take("}")) return this.#leave(members);
    do {
      this.#skipBlanks();
      if (this.text.charCodeAt(this.#at) !== 0x22) throw this.#error("expected a name in double quotes");
      const name = this.#string();
      if (name.length > nameCharactersMax) {
        throw this.#error(`a name is longer than ${nameCharactersMax} characters`);
      }
      if (!this.#take(":")) throw this.#error("expected a colon");
      this.#skipBlanks();
      members.set(name, this.#value());
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#error("expected a comma or the end of the object");
    return this.#leave(members);
  }

  #array(): readonly JsonNode[] {
    this.#enter();
    const items: JsonNode[] = [];
    if (this.#take("]")) return this.#leave(items);
    do {
      this.#skipBlanks();
      items.push(this.#value());
    } while (this.#take(","));
    if (!this.#take("]")) throw this.#error("expected a comma or the end of the array");
    return this.#leave(items);
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

  /** The character an escape stands for; leaves the place on the escape's last character. */
  #escape(): string {
    const letter = this.text.charAt(++this.#at);
    const known = escapes.get(letter);
    if (known !== undefined) return known;
    const hex = this.text.slice(this.#at + 1, this.#at + 5);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#error("unknown escape in a string");
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #word<T extends JsonNode>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) throw this.#error("unknown word");
    this.#at += word.length;
    const next = this.text.charAt(this.#at);
    if (next >= "0" && wordCharacter.test(next)) throw this.#error("unknown word");
    return value;
  }

  #number(): bigint | Decimal {
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
    if (rest === "") return BigInt(sign + digits);
    const decimal = Decimal.parse(sign + digits + rest);
    if (decimal === null) throw this.#error("the exponent of a number is too large");
    return decimal;
  }

  #endOfRootNumber(): void {
    if (!this.atEnd && !isBlank(this.text.charCodeAt(this.#at))) {
      throw this.#error("expected a blank behind the number");
    }
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > nestingMax) throw this.#error(`nested deeper than ${nestingMax}`);
  }

  #leave<T>(value: T): T {
    this.#depth--;
    return value;
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
