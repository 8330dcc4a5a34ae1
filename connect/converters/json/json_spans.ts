/**
 * Finds the named fields of schemaless JSON as places in its bytes; no value is created.
 *
 * @module
 */

import type { FieldPaths } from "../../api/plugins.ts";
import { IN_ARENA, SPAN_NUMBERS, type SpanArena, SpanKind, type SpanReader } from "../../api/spans.ts";
import {
  Byte,
  hasEscape,
  isDigit,
  skipBlanks,
  skipDigits,
  skipName,
  skipNumber,
  skipPlain,
  skipString,
  skipValue,
} from "./json_skip.ts";
import { unescapeInto } from "./json_unescape.ts";

/** A number of these lengths is never so near to zero that a double of it is zero. */
const negativeCharactersSafe = 100;
const exponentCharactersSafe = "e-99".length;
const encoder = new TextEncoder();

/** A value to find, or an object with fields to find. */
interface Wanted {
  readonly name: Uint8Array;
  /** Index of the path; -1 = only fields within it are wanted. */
  readonly slot: number;
  readonly within: WantedFields;
}

interface WantedFields {
  readonly fields: readonly Wanted[];
  /** Bit n is set if a name's length is n, modulo 32: most other names end here. */
  readonly lengths: number;
  /** All paths that lead through here. */
  readonly slots: readonly number[];
}

const nothing: WantedFields = { fields: [], lengths: 0, slots: [] };
const noBytes = new Uint8Array();

/**
 * Reads fields of JSON objects as spans. `read` returns true if the bytes are a well-formed object and each wanted field
 * is absent, null, a boolean, a number or a text: the spans are then the full reader's result. Everything else is the
 * full reader's. With a path of no names, or no paths at all, the value need not be an object.
 *
 * A span of kind `number` is the JSON text of a double: its value is `Number(text)`, which may be infinite but isn't
 * minus zero.
 *
 * Objects, lists, strings and words show where they end, so they are read as if the memory had no other content; one
 * that ends after the value's last byte isn't taken.
 *
 * @example
 * ```ts
 * import { SpanArena, SpanKind } from "../../api/spans.ts";
 * import { JsonSpans } from "./json_spans.ts";
 * const reader = JsonSpans.of([["name"], ["customer", "id"]]) ?? JsonSpans.of([]);
 * const bytes = new TextEncoder().encode('{"name":"Ana","cpf":"1","customer":{"id":7,"cpf":"1"}}');
 * const spans = new Int32Array(6);
 * if (!reader?.read(bytes, 0, bytes.length, spans, 0, new SpanArena())) throw new Error("a plain object");
 * if (spans.join() !== [SpanKind.text, 9, 3, SpanKind.integer, 41, 1].join()) throw new Error("kind, at, length");
 * ```
 */
export class JsonSpans implements SpanReader {
  readonly #root: Wanted;
  #json: Uint8Array = noBytes;
  #end = 0;
  #spans: Int32Array = new Int32Array();
  #to = 0;
  #arena: SpanArena | null = null;

  private constructor(root: Wanted) {
    this.#root = root;
  }

  /** Returns a reader; undefined if a path comes twice. Of a path that others begin with, an object's fields are read. */
  static of(paths: FieldPaths): JsonSpans | undefined {
    const root = wantedOf(noBytes, paths.map((names, slot) => ({ names, slot })));
    return root === undefined ? undefined : new JsonSpans(root);
  }

  // deno-lint-ignore sluice/parameters -- as in the interface: an object for each record would cost more than reading it
  read(
    bytes: Uint8Array,
    at: number,
    length: number,
    spans: Int32Array,
    to: number,
    arena: SpanArena,
  ): boolean {
    this.#json = bytes;
    this.#end = at + length;
    this.#spans = spans;
    this.#to = to;
    this.#arena = arena;
    const before = arena.length;
    const from = skipBlanks(bytes, at);
    const isUnused = this.#root.slot < 0 && this.#root.within.slots.length === 0;
    const end = isUnused ? this.#skip(from) : this.#value(this.#root, from, 0);
    if (end >= 0 && end <= this.#end && this.#isBlank(end)) return true;
    if (arena.length !== before) arena.cut(before);
    return false;
  }

  /** Steps over the whole value. A number alone doesn't show where it ends. */
  #skip(from: number): number {
    const first = from < this.#end ? this.#json[from]! : 0;
    return first === Byte.minus || isDigit(first)
      ? skipNumber(this.#json, from, this.#end)
      : skipValue(this.#json, from, 0);
  }

  #isBlank(from: number): boolean {
    return from === this.#end || skipBlanks(this.#json, from) >= this.#end;
  }

  /** Writes the spans of a wanted value and returns the position after it, or -1. */
  #value(wanted: Wanted, at: number, depth: number): number {
    const json = this.#json;
    const first = at < this.#end ? json[at]! : 0;
    if (wanted.within !== nothing) {
      if (first === Byte.openBrace) {
        if (wanted.slot >= 0) this.#put(wanted.slot, SpanKind.object, at, at);
        return this.#object(wanted.within, at + 1, depth);
      }
      if (wanted.slot < 0) return -1;
      this.#forget(wanted.within.slots);
    }
    if (first === Byte.quote) return this.#text(wanted.slot, at + 1);
    if (first === Byte.minus || isDigit(first)) return this.#number(wanted.slot, at);
    if (first === Byte.openBrace || first === Byte.openBracket) return -1;
    const end = skipValue(json, at, depth);
    if (end < 0) return -1;
    const kind = first === Byte.lowerN
      ? SpanKind.null
      : first === Byte.lowerT
      ? SpanKind.true
      : SpanKind.false;
    return this.#put(wanted.slot, kind, at, end);
  }

  #object(wanted: WantedFields, from: number, depth: number): number {
    const json = this.#json;
    this.#forget(wanted.slots);
    let at = skipBlanks(json, from);
    if (json[at] === Byte.closeBrace) return at + 1;
    for (;;) {
      if (json[at] !== Byte.quote) return -1;
      const nameEnd = skipName(json, at + 1);
      if (nameEnd < 0) return -1;
      const field = find(wanted, json, at + 1, nameEnd - 1);
      at = skipBlanks(json, nameEnd);
      if (json[at] !== Byte.colon) return -1;
      at = skipBlanks(json, at + 1);
      at = field === null ? skipValue(json, at, depth) : this.#value(field, at, depth + 1);
      if (at < 0 || at >= this.#end) return -1;
      at = skipBlanks(json, at);
      if (json[at] === Byte.closeBrace) return at + 1;
      if (json[at] !== Byte.comma) return -1;
      at = skipBlanks(json, at + 1);
    }
  }

  /** An object replaces an earlier one of the same name: the earlier one's fields are gone. */
  #forget(slots: readonly number[]): void {
    for (let index = 0; index < slots.length; index++) {
      this.#spans[this.#to + slots[index]! * SPAN_NUMBERS] = SpanKind.absent;
    }
  }

  #text(slot: number, from: number): number {
    const json = this.#json;
    const plain = skipPlain(json, from);
    if (json[plain] === Byte.quote) return this.#put(slot, SpanKind.text, from, plain) + 1;
    const end = skipString(json, plain);
    if (end < 0 || end > this.#end) return -1;
    if (!hasEscape(json, plain, end - 1)) return this.#put(slot, SpanKind.text, from, end - 1) + 1;
    const arena = this.#arena!;
    const at = arena.length;
    const length = unescapeInto(arena, json, from, end - 1);
    if (length < 0) return -1;
    this.#put(slot, SpanKind.text | IN_ARENA, at, at + length);
    return end;
  }

  #number(slot: number, at: number): number {
    const json = this.#json;
    const end = skipNumber(json, at, this.#end);
    if (end < 0) return -1;
    const isNegative = json[at] === Byte.minus;
    const isInteger = skipDigits(json, isNegative ? at + 1 : at, end) === end;
    if (isNegative && !isSurelyBelowZero(json, at + 1, end)) return -1;
    return this.#put(slot, isInteger ? SpanKind.integer : SpanKind.number, at, end);
  }

  /** Writes a span and returns its end. */
  #put(slot: number, kind: number, at: number, end: number): number {
    const spans = this.#spans;
    const index = this.#to + slot * SPAN_NUMBERS;
    spans[index] = kind;
    spans[index + 1] = at;
    spans[index + 2] = end - at;
    return end;
  }
}

/**
 * Returns false if a negative number may be zero as a double, because of its digits or of a small exponent: the full
 * reader knows which zero it is.
 */
function isSurelyBelowZero(json: Uint8Array, from: number, to: number): boolean {
  if (to - from > negativeCharactersSafe) return false;
  for (let at = from; at < to; at++) {
    const byte = json[at]!;
    if (byte === Byte.lowerE || byte === Byte.upperE) return false;
    if (byte > Byte.zero && byte <= Byte.nine) return isExponentSmall(json, at, to);
  }
  return false;
}

function isExponentSmall(json: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = json[at]!;
    if (byte === Byte.lowerE || byte === Byte.upperE) {
      return json[at + 1] !== Byte.minus || to - at <= exponentCharactersSafe;
    }
  }
  return true;
}

interface NumberedPath {
  readonly names: readonly string[];
  readonly slot: number;
}

function wantedOf(name: Uint8Array, paths: readonly NumberedPath[]): Wanted | undefined {
  const [whole, second] = paths.filter(({ names }) => names.length === 0);
  if (second !== undefined) return undefined;
  const slot = whole?.slot ?? -1;
  const deeper = paths.filter((path) => path !== whole);
  if (whole !== undefined && deeper.length === 0) return { name, slot, within: nothing };
  const fields: Wanted[] = [];
  for (const first of new Set(deeper.map(({ names }) => names[0]!))) {
    const inner = deeper.filter(({ names }) => names[0] === first)
      .map(({ names, slot }) => ({ names: names.slice(1), slot }));
    const field = wantedOf(encoder.encode(first), inner);
    if (field === undefined) return undefined;
    fields.push(field);
  }
  const lengths = fields.reduce((bits, field) => bits | 1 << (field.name.length & 31), 0);
  return { name, slot, within: { fields, lengths, slots: deeper.map(({ slot }) => slot) } };
}

function find({ fields, lengths }: WantedFields, json: Uint8Array, from: number, to: number): Wanted | null {
  const length = to - from;
  if ((lengths >>> (length & 31) & 1) === 0) return null;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    if (field.name.length === length && matches(field.name, json, from)) return field;
  }
  return null;
}

function matches(name: Uint8Array, json: Uint8Array, from: number): boolean {
  for (let at = 0; at < name.length; at++) if (json[from + at] !== name[at]) return false;
  return true;
}
