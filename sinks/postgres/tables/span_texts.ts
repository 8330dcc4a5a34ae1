// deno-lint-ignore-file sluice/parameters -- a span is three numbers, and an object for each would cost more than its work
/** Forms of text: binary text, and elements of array literals for types that PostgreSQL reads. @module */

import { type SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import type { Cell } from "../../sql/dialect.ts";
import type { OutBuffer } from "../wire/out_buffer.ts";
import { nullCell } from "./cells.ts";
import type { TextRule } from "./column_form.ts";
import { LITERAL, NULL_LENGTH, type PostgresSpanForm, setBare, setText, unquoted } from "./span_form.ts";
import { decimalLength, digitBytes, digitsOf, integerIn } from "./byte_numbers.ts";

/** A decimal of this many digits is the text of its own double. */
const doubleDigitsMax = 15;
/** Decimals in text for `numeric`; longer ones are uncommon. */
const textDigitsMax = 1000;

const Byte = { blank: 32, quote: 34, minus: 45, zero: 48, backslash: 92 } as const;

/** What text columns take. */
class TextTaker {
  readonly #max: number;
  readonly #isPadded: boolean;

  constructor({ max, isPadded }: TextRule) {
    this.#max = max ?? Infinity;
    this.#isPadded = isPadded;
  }

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    switch (kind) {
      case SpanKind.null:
        return true;
      case SpanKind.text:
        return this.#takesText(bytes, at, length);
      case SpanKind.integer:
        return length <= this.#max && integerIn(bytes, at, length);
      case SpanKind.number: {
        const end = decimalLength(bytes, at, length, doubleDigitsMax);
        return end >= 0 && end <= this.#max && !isTiny(bytes, at, end);
      }
      case SpanKind.int64:
        return digitBytes.length - digitsOf(at, length) <= this.#max;
      default:
        return false;
    }
  }

  #takesText(bytes: Uint8Array, at: number, length: number): boolean {
    const end = at + length;
    for (let index = at; index < end; index++) {
      if (bytes[index] === 0) return false;
    }
    if (this.#isPadded && length > 0 && bytes[end - 1] === Byte.blank) return false;
    return length <= this.#max || charactersIn(bytes, at, end) <= this.#max;
  }
}

/** For text, varchar and char. */
export class TextForm extends TextTaker implements PostgresSpanForm {
  readonly format = 1;

  /** @param elementOid the carrier's */
  constructor(readonly elementOid: number, rule: TextRule) {
    super(rule);
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    if (kind === SpanKind.int64) {
      const from = digitsOf(at, length);
      out.int32(digitBytes.length - from);
      return out.bytes(digitBytes, from, digitBytes.length - from);
    }
    const written = kind === SpanKind.number ? decimalLength(bytes, at, length, doubleDigitsMax) : length;
    out.int32(written);
    out.bytes(bytes, at, written);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setText(unquoted(cell), spans, to, arena);
  }
}

/** For types whose text PostgreSQL reads: quoted elements of an array literal. */
export class LiteralForm extends TextTaker implements PostgresSpanForm {
  readonly format = 0;
  readonly elementOid = 0;

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.ascii(nullCell);
    if (kind === LITERAL) return out.bytes(bytes, at, length);
    out.uint8(Byte.quote);
    if (kind === SpanKind.text) writeEscaped(out, bytes, at, length);
    else writeNumber(out, bytes, kind, at, length);
    out.uint8(Byte.quote);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    setLiteral(cell, spans, to, arena);
  }
}

/** For numeric: elements of an array literal, without quotes. */
export class NumericForm implements PostgresSpanForm {
  readonly format = 0;
  readonly elementOid = 0;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    switch (kind) {
      case SpanKind.integer:
        return integerIn(bytes, at, length);
      case SpanKind.number:
        return decimalLength(bytes, at, length, doubleDigitsMax) >= 0;
      case SpanKind.text:
        return length <= textDigitsMax && decimalLength(bytes, at, length, textDigitsMax) >= 0;
      default:
        return kind === SpanKind.int64 || kind === SpanKind.null;
    }
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) out.ascii(nullCell);
    else if (kind === LITERAL) out.bytes(bytes, at, length);
    else writeNumber(out, bytes, kind, at, length);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    setLiteral(cell, spans, to, arena);
  }
}

function writeNumber(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
  if (kind === SpanKind.int64) {
    const from = digitsOf(at, length);
    out.bytes(digitBytes, from, digitBytes.length - from);
  } else {
    const written = kind === SpanKind.integer ? length : decimalLength(bytes, at, length, textDigitsMax);
    out.bytes(bytes, at, written);
  }
}

/** Writes text with a backslash before quotes and backslashes. */
function writeEscaped(out: OutBuffer, bytes: Uint8Array, at: number, length: number): void {
  const end = at + length;
  let from = at;
  for (let index = at; index < end; index++) {
    const byte = bytes[index];
    if (byte !== Byte.quote && byte !== Byte.backslash) continue;
    out.bytes(bytes, from, index - from);
    out.uint8(Byte.backslash);
    from = index;
  }
  out.bytes(bytes, from, end - from);
}

function setLiteral(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
  if (cell === nullCell) return setBare(spans, to, SpanKind.null);
  setText(cell, spans, to, arena);
  spans[to] = LITERAL;
}

/** Whether a decimal isn't zero and below 0.000001, where JavaScript writes an exponent. */
function isTiny(bytes: Uint8Array, at: number, length: number): boolean {
  const first = bytes[at] === Byte.minus ? at + 1 : at;
  const last = first + 7;
  if (at + length <= last) return false;
  for (let index = first + 2; index <= last; index++) {
    if (bytes[index] !== Byte.zero) return false;
  }
  return bytes[first] === Byte.zero;
}

/** Number of code points in UTF-8. */
function charactersIn(bytes: Uint8Array, at: number, end: number): number {
  let count = 0;
  for (let index = at; index < end; index++) {
    if ((bytes[index]! & 0xc0) !== 0x80) count += 1;
  }
  return count;
}
