/**
 * Reads schemaless JSON fast: with `JSON.parse`, then turns integers into bigint.
 *
 * `JSON.parse` can't tell 5 from 5.0, loses digits beyond 2^53 and refuses texts that Jackson accepts. The
 * first is detected in the text beforehand, the second in the number itself, the third is an error. Each of
 * them leads to the slower scanner, so the result always equals Connect's. (CPU per event of 900 bytes,
 * 2026-11, Deno 2.9.6 on one EPYC core: 6 microseconds this way, of which 4.3 are decoding and JSON.parse; 11
 * with the scanner; 25 with a reviver that looks at sources. `bench/micro/json_converter_bench.ts` measures
 * it.)
 *
 * @module
 */

import { Decimal } from "../../api/decimal.ts";
import type { ConnectValue } from "../../api/schema.ts";
import { withinInt64 } from "./json_to_connect.ts";
import { decodeJson, type JsonText } from "./json_bytes.ts";
import { JsonScanner, nameCharactersMax, nestingMax } from "./json_scanner.ts";
import { surveyJson } from "./json_survey.ts";

/**
 * A number with an exponent, with only zeros after its point, or with so many digits that a double may drop
 * its fraction; or an escaped surrogate, which must not stand alone in a name.
 */
const needsScanner = /[:,[]\s*-?(?:\d+(?:\.\d+)?(?:[eE]|\.0*[,\]}\s])|[\d.]{17})|\\u[dD]/;
const exponentDigitsSafe = 9;
/** Above this size nesting is checked before `JSON.parse`, which would read the whole text first. */
const surveyedFromBytes = 64 * 1024;

/**
 * Returns the data of JSON bytes without a schema; blank bytes are null.
 *
 * @throws JsonTextError if it isn't JSON
 * @throws DataException for an integer beyond int64
 * @example
 * ```ts
 * import { readPlainJson } from "./json_plain.ts";
 * const value = readPlainJson(new TextEncoder().encode('{"id": 9007199254740993, "total": 5.0}'));
 * const { id, total } = value as { id: bigint; total: number };
 * if (id !== 9007199254740993n || total !== 5) throw new Error("integers are bigint, other numbers number");
 * ```
 */
export function readPlainJson(bytes: Uint8Array): ConnectValue {
  const decoded = decodeJson(bytes);
  const { text } = decoded;
  const first = text.charCodeAt(0);
  if (first !== 0x7b && first !== 0x5b || !decoded.complete || needsScanner.test(text)) return scan(decoded);
  if (bytes.length > surveyedFromBytes && surveyJson(bytes).depth > nestingMax) return scan(decoded);
  let parsed: MutableContainer;
  try {
    parsed = JSON.parse(text);
  } catch {
    return scan(decoded); // Jackson may accept it, or names the error
  }
  return keepIntegers(parsed, 1) ? parsed as ConnectValue : scan(decoded);
}

type MutableContainer = { [key: string | number]: unknown };

/** Turns integers into bigint in place; returns false if a number lost digits or a limit is exceeded. */
function keepIntegers(container: MutableContainer, depth: number): boolean {
  if (depth > nestingMax) return false;
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) {
      if (!keepMember(container, index, container[index], depth)) return false;
    }
    return true;
  }
  for (const name in container) {
    if (name.length > nameCharactersMax || !keepMember(container, name, container[name], depth)) return false;
  }
  return true;
}

function keepMember(
  container: MutableContainer,
  key: string | number,
  value: unknown,
  depth: number,
): boolean {
  if (typeof value === "object" && value !== null) return keepIntegers(value as MutableContainer, depth + 1);
  if (typeof value !== "number") return true;
  if (!Number.isInteger(value)) return Number.isFinite(value);
  if (!Number.isSafeInteger(value)) return false;
  container[key] = BigInt(value);
  return true;
}

function scan({ text, complete }: JsonText): ConnectValue {
  const scanner = new PlainScanner(text);
  const value = scanner.root() ?? null;
  if (!complete) scanner.refuseEnd();
  return value;
}

type MutableMap = { [name: string]: ConnectValue };

class PlainScanner extends JsonScanner<ConnectValue, MutableMap> {
  protected override newObject(): MutableMap {
    return {};
  }
  protected override setMember(object: MutableMap, name: string, value: ConnectValue): void {
    if (name === "__proto__") {
      Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
    } else object[name] = value;
  }
  protected override closeObject(object: MutableMap): ConnectValue {
    return object;
  }
  protected override closeArray(items: readonly ConnectValue[]): ConnectValue {
    return items;
  }
  protected override literal(value: string | boolean | null): ConnectValue {
    return value;
  }
  protected override integer(text: string): ConnectValue {
    return withinInt64(BigInt(text));
  }
  protected override fraction(text: string): number | undefined {
    const value = Number(text);
    const exponentDigits = text.length - text.search(/[eE]|$/);
    // Java's BigDecimal has no negative zero, and its exponent must be an int.
    if (value !== 0 && exponentDigits <= exponentDigitsSafe) return value;
    return Decimal.parse(text)?.toNumber();
  }
}
