/** Infers data from text. (`org.apache.kafka.connect.data.Values.ValueParser`) @module */

import { Decimal } from "../decimal.ts";
import { DataException } from "../exceptions.ts";
import { floatOfDecimal } from "../../java/float.ts";
import { decimalSchema } from "../logical_types.ts";
import { Schema, type SchemaAndValue } from "../schema.ts";
import { alignList, alignMap, CommonSchema } from "./alignment.ts";
import { parseTemporal } from "./temporal.ts";
import { javaTrim, ValueTokens } from "./tokens.ts";

/** Deeper lists and maps are taken as text; Java ends in a StackOverflowError. */
const nestingMax = 500;
/**
 * Longer numbers are taken as text: a header may hold a million digits, and parsing them takes more than linear time.
 */
const numberCharactersMax = 1000;
const nothing: SchemaAndValue = { schema: null, value: null };

/** Thrown for an invalid list or map; the parser then takes the text as a string. */
const unreadable = (why: string) => new DataException(`Cannot read text as data: ${why}`);

/**
 * Parses one text. It never fails: text that isn't data is a string.
 *
 * @example
 * ```ts
 * import { ValueParser } from "./parser.ts";
 * if (new ValueParser("{a:1}").parse().value !== "{a:1}") throw new Error("a bare name is no data, so this is text");
 * ```
 */
export class ValueParser {
  readonly #tokens: ValueTokens;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new ValueTokens(text);
  }

  parse(): SchemaAndValue {
    return this.#parse(false);
  }

  #parse(embedded: boolean): SchemaAndValue {
    const tokens = this.#tokens;
    if (!tokens.hasNext) return nothing;
    if (embedded && tokens.take('"')) return this.#quotedString();
    if (this.#literal("null", embedded)) return nothing;
    if (this.#literal("true", embedded)) return { schema: Schema.BOOLEAN, value: true };
    if (this.#literal("false", embedded)) return { schema: Schema.BOOLEAN, value: false };
    const container = this.#container();
    if (container !== null) return container;
    const token = tokens.next();
    const trimmed = javaTrim(token);
    return trimmed === "" ? { schema: Schema.STRING, value: token } : this.#scalar(trimmed, embedded);
  }

  /** Takes a literal that is the whole text or an element. */
  #literal(literal: string, embedded: boolean): boolean {
    const mark = this.#tokens.mark();
    if (this.#tokens.take(literal) && (embedded || !this.#tokens.hasNext)) return true;
    this.#tokens.rewind(mark);
    return false;
  }

  #container(): SchemaAndValue | null {
    const mark = this.#tokens.mark();
    try {
      this.#depth++;
      if (this.#tokens.take("[")) return this.#array();
      if (this.#tokens.take("{")) return this.#map();
    } catch (error) {
      if (!(error instanceof DataException)) throw error;
      this.#tokens.rewind(mark);
    } finally {
      this.#depth--;
    }
    return null;
  }

  #scalar(token: string, embedded: boolean): SchemaAndValue {
    const startsWithDigit = /^\p{Nd}/u.test(token);
    if (startsWithDigit) {
      const temporal = this.#temporal(token);
      if (temporal !== null) return temporal;
    }
    const mayBeNumber = startsWithDigit || token.startsWith("+") || token.startsWith("-");
    const decimal = mayBeNumber && token.length <= numberCharactersMax ? Decimal.parse(token) : null;
    if (decimal !== null) return numberOf(decimal);
    if (embedded) throw unreadable("an element is neither a literal nor in quotes");
    return { schema: Schema.STRING, value: this.#tokens.text };
  }

  /** Tokens end at colons, so a time is five tokens: tries those first. */
  #temporal(token: string): SchemaAndValue | null {
    const mark = this.#tokens.mark();
    const rest = this.#tokens.nextText(4);
    const whole = rest === null ? null : parseTemporal(token + rest);
    if (whole !== null) return whole;
    this.#tokens.rewind(mark);
    return parseTemporal(token);
  }

  #quotedString(): SchemaAndValue {
    let content = "";
    while (this.#tokens.hasNext && !this.#tokens.take('"')) content += this.#tokens.next();
    return parseTemporal(content) ?? { schema: Schema.STRING, value: content };
  }

  #array(): SchemaAndValue {
    this.#limitDepth();
    const tokens = this.#tokens;
    const items: SchemaAndValue[] = [];
    const common = new CommonSchema();
    while (tokens.hasNext) {
      if (tokens.take("]")) return alignList(items, common);
      if (tokens.take(",")) throw unreadable("an array element is empty");
      const item = this.#parse(true);
      common.merge(item.schema);
      items.push(item);
      const mark = tokens.mark();
      if (tokens.take("]")) tokens.rewind(mark);
      else if (!tokens.take(",")) throw unreadable("a comma is missing between array elements");
    }
    throw unreadable("the array does not end");
  }

  #map(): SchemaAndValue {
    this.#limitDepth();
    const tokens = this.#tokens;
    const entries: [SchemaAndValue, SchemaAndValue][] = [];
    const [keys, values] = [new CommonSchema(), new CommonSchema()];
    while (tokens.hasNext) {
      if (tokens.take("}")) return alignMap(entries, keys, values);
      if (tokens.take(",")) throw unreadable("a map entry is empty");
      const key = this.#parse(true);
      if (key.value === null) throw unreadable("a map key is null");
      if (!tokens.take(":")) throw unreadable("a colon is missing in a map entry");
      const value = this.#parse(true);
      entries.push([key, value]);
      tokens.take(",");
      keys.merge(key.schema);
      values.merge(value.schema);
    }
    throw unreadable("the map does not end");
  }

  #limitDepth(): void {
    if (this.#depth > nestingMax) throw unreadable(`nested deeper than ${nestingMax}`);
  }
}

/** Returns whole numbers in the smallest integer type, others as float if it is large enough, else double. */
function numberOf(decimal: Decimal): SchemaAndValue {
  if (isWhole(decimal) && decimal.fitsLong()) return integerOf(decimal.toLong());
  const [float, double] = [floatOfDecimal(decimal), decimal.toNumber()];
  if (decimal.scale !== 0 && Number.isFinite(float)) return { schema: Schema.FLOAT32, value: float };
  if (decimal.scale !== 0 && Number.isFinite(double)) return { schema: Schema.FLOAT64, value: double };
  return { schema: decimalSchema(decimal.scale), value: decimal };
}

function integerOf(value: bigint): SchemaAndValue {
  if (BigInt.asIntN(8, value) === value) return { schema: Schema.INT8, value: Number(value) };
  if (BigInt.asIntN(16, value) === value) return { schema: Schema.INT16, value: Number(value) };
  if (BigInt.asIntN(32, value) === value) return { schema: Schema.INT32, value: Number(value) };
  return { schema: Schema.INT64, value };
}

function isWhole(decimal: Decimal): boolean {
  if (decimal.unscaled === 0n || decimal.scale <= 0) return true;
  return decimal.scale < decimal.precision() && decimal.unscaled % 10n ** BigInt(decimal.scale) === 0n;
}
