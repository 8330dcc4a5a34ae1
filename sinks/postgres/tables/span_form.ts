/** The form of a span in a PostgreSQL column, and the spans that several forms make. @module */

import { type SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import type { SpanForm } from "../../sql/span_dialect.ts";
import type { OutBuffer } from "../wire/out_buffer.ts";
import { int64 } from "./byte_numbers.ts";

/** How spans go into a column, and how they are sent. */
export interface PostgresSpanForm extends SpanForm {
  /** Of the array parameter: 0 = an array literal, 1 = binary. */
  readonly format: 0 | 1;
  /** Type of a binary array's elements; 0 for a literal. */
  readonly elementOid: number;
  /**
   * Writes one element, of a span that `takes` accepted or `spanOf` made: for a literal its text, else its length and
   * bytes. Never throws.
   */
  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void;
}

/** A kind of our own: the element of an array literal, as it is. */
export const LITERAL = 16;

/** Length of a binary NULL. */
export const NULL_LENGTH = -1;

/** Sets a span without bytes. */
export function setBare(spans: Int32Array, to: number, kind: number): void {
  spans[to] = kind;
  spans[to + 1] = 0;
  spans[to + 2] = 0;
}

/** Adds text to the arena and sets its span. */
export function setText(text: string, spans: Int32Array, to: number, arena: SpanArena): void {
  const at = arena.length;
  const length = arena.addText(text);
  arena.cut(at + length);
  spans[to] = SpanKind.text;
  spans[to + 1] = at;
  spans[to + 2] = length;
}

/** Sets a span of the halves in `int64`. */
export function setHalves(spans: Int32Array, to: number, kind: number): void {
  spans[to] = kind;
  spans.set(int64, to + 1);
}

/** Returns the text of a quoted cell. */
export function unquoted(cell: string): string {
  const text = cell.slice(1, -1);
  return text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text;
}
