// deno-lint-ignore-file sluice/parameters -- a span is three numbers, and an object for each would cost more than its work
/** Binary forms of numbers, booleans, bytes and UUIDs. @module */

import { type SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import type { Cell } from "../../sql/dialect.ts";
import type { OutBuffer } from "../wire/out_buffer.ts";
import { nullCell } from "./cells.ts";
import { NULL_LENGTH, type PostgresSpanForm, setBare, setHalves, setText } from "./span_form.ts";
import { double, doubleHigh, doubleIn, doubleLow, int64, integerIn } from "./byte_numbers.ts";

/** Texts of at most 18 digits are the span of a JSON integer. */
const integerTextMax = 18;

/** For int2, int4 and int8. */
export class IntegerForm implements PostgresSpanForm {
  readonly format = 1;
  readonly #bits: 16 | 32 | 64;

  /** @param elementOid the type's */
  constructor(readonly elementOid: number, bits: 16 | 32 | 64) {
    this.#bits = bits;
  }

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    if (kind === SpanKind.integer) {
      if (!integerIn(bytes, at, length)) return false;
      return this.#isInRange(int64[0]!, int64[1]!);
    }
    return kind === SpanKind.int64 ? this.#isInRange(at, length) : kind === SpanKind.null;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    let high = at;
    let low = length;
    if (kind === SpanKind.integer) {
      integerIn(bytes, at, length);
      high = int64[0]!;
      low = int64[1]!;
    }
    out.int32(this.#bits >> 3);
    if (this.#bits === 16) return out.int16(low);
    if (this.#bits === 64) out.int32(high);
    out.int32(low);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    if (cell.length <= integerTextMax) {
      setText(cell, spans, to, arena);
      spans[to] = SpanKind.integer;
    } else {
      const value = BigInt(cell);
      int64[0] = Number(value >> 32n);
      int64[1] = Number(BigInt.asIntN(32, value));
      setHalves(spans, to, SpanKind.int64);
    }
  }

  #isInRange(high: number, low: number): boolean {
    if (this.#bits === 64) return true;
    return high === low >> 31 && (this.#bits === 32 || low === low << 16 >> 16);
  }
}

/** For float8. */
export class DoubleForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 701;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    return kind === SpanKind.null || doubleIn(bytes, kind, at, length);
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    doubleIn(bytes, kind, at, length);
    out.int32(8);
    out.int32(doubleHigh());
    out.int32(doubleLow());
  }

  spanOf(cell: Cell, spans: Int32Array, to: number): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setDoubleSpan(Number(cell), spans, to);
  }
}

const real = new Float32Array(1);
const realBits = new Int32Array(real.buffer);
/** Integers up to here, upper half, are exact doubles: others would be rounded twice. */
const exactHigh = 2 ** 21;

/** For float4. */
export class RealForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 700;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    if (kind === SpanKind.null) return true;
    if (!doubleIn(bytes, kind, at, length)) return false;
    if (kind !== SpanKind.number && kind !== SpanKind.double) {
      return int64[0]! < exactHigh && int64[0]! >= -exactHigh;
    }
    const value = double[0]!;
    real[0] = value;
    if (Number.isNaN(value)) return true;
    return Number.isFinite(real[0]) === Number.isFinite(value) && (real[0] === 0) === (value === 0);
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    doubleIn(bytes, kind, at, length);
    real[0] = double[0]!;
    out.int32(4);
    out.int32(realBits[0]!);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setDoubleSpan(Number(cell), spans, to);
  }
}

function setDoubleSpan(value: number, spans: Int32Array, to: number): void {
  double[0] = value;
  spans[to] = SpanKind.double;
  spans[to + 1] = doubleHigh();
  spans[to + 2] = doubleLow();
}

/** For bool. */
export class BooleanForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 16;

  takes(_: Uint8Array, kind: number): boolean {
    return kind === SpanKind.true || kind === SpanKind.false || kind === SpanKind.null;
  }

  write(out: OutBuffer, _: Uint8Array, kind: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    out.int32(1);
    out.uint8(kind === SpanKind.true ? 1 : 0);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number): void {
    setBare(spans, to, cell === nullCell ? SpanKind.null : cell === "t" ? SpanKind.true : SpanKind.false);
  }
}

/** Where the digits begin in a cell of bytes, `"\\x00ff"`. */
const hexFrom = 4;

/** For bytea. */
export class BytesForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 17;

  takes(_: Uint8Array, kind: number): boolean {
    return kind === SpanKind.bytes || kind === SpanKind.null;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    out.int32(length);
    out.bytes(bytes, at, length);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    const length = (cell.length - hexFrom - 1) / 2;
    const at = arena.take(length);
    arena.bytes.subarray(at, at + length).setFromHex(cell.slice(hexFrom, -1));
    spans[to] = SpanKind.bytes;
    spans[to + 1] = at;
    spans[to + 2] = length;
  }
}

const uuidLength = 36;
const hyphen = 45;
/** Four digits are at most this. */
const fourDigitsMax = 0xffff;
/** The value of each hexadecimal digit, by its code; for other bytes a large one. */
const nibbles = new Int32Array(256).fill(fourDigitsMax + 1);
for (let digit = 0; digit < 16; digit++) {
  nibbles[digit.toString(16).charCodeAt(0)] = digit;
  nibbles[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** For uuid: 32 digits with the usual hyphens. */
export class UuidForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 2950;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    if (kind !== SpanKind.text || length !== uuidLength) return kind === SpanKind.null;
    if (bytes[at + 8] !== hyphen || bytes[at + 13] !== hyphen) return false;
    if (bytes[at + 18] !== hyphen || bytes[at + 23] !== hyphen) return false;
    const first = fourDigits(bytes, at) | fourDigits(bytes, at + 4) | fourDigits(bytes, at + 9);
    const middle = fourDigits(bytes, at + 14) | fourDigits(bytes, at + 19) | fourDigits(bytes, at + 24);
    return (first | middle | fourDigits(bytes, at + 28) | fourDigits(bytes, at + 32)) <= fourDigitsMax;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    out.int32(16);
    out.int32(fourDigits(bytes, at) << 16 | fourDigits(bytes, at + 4));
    out.int32(fourDigits(bytes, at + 9) << 16 | fourDigits(bytes, at + 14));
    out.int32(fourDigits(bytes, at + 19) << 16 | fourDigits(bytes, at + 24));
    out.int32(fourDigits(bytes, at + 28) << 16 | fourDigits(bytes, at + 32));
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setText(cell, spans, to, arena);
  }
}

/** Returns the number of four hexadecimal digits; more than {@link fourDigitsMax} if they aren't. */
function fourDigits(bytes: Uint8Array, at: number): number {
  return nibbles[bytes[at]!]! << 12 | nibbles[bytes[at + 1]!]! << 8 | nibbles[bytes[at + 2]!]! << 4 |
    nibbles[bytes[at + 3]!]!;
}
