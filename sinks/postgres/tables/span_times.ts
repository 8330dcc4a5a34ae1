// deno-lint-ignore-file sluice/parameters -- a span is three numbers, and an object for each would cost more than its work
/** Binary forms of dates and times. @module */

import { type SpanArena, SpanKind } from "../../../connect/api/spans.ts";
import type { Cell } from "../../sql/dialect.ts";
import type { OutBuffer } from "../wire/out_buffer.ts";
import { int64 } from "./byte_numbers.ts";
import {
  dayIn,
  isInstant,
  momentIn,
  setInstantMicros,
  setMomentInstant,
  setMomentMicros,
  timeIn,
} from "./byte_times.ts";
import { nullCell } from "./cells.ts";
import { NULL_LENGTH, type PostgresSpanForm, setBare, setHalves, setText, unquoted } from "./span_form.ts";

/** For timestamptz, and for timestamp, which is in UTC. */
export class MomentForm implements PostgresSpanForm {
  readonly format = 1;

  /** @param elementOid the type's */
  constructor(readonly elementOid: number) {}

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    if (kind === SpanKind.text) return momentIn(bytes, at, length);
    return kind === SpanKind.instant ? isInstant(at, length) : kind === SpanKind.null;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    if (kind === SpanKind.instant) {
      setInstantMicros(at, length);
    } else {
      momentIn(bytes, at, length);
      setMomentMicros();
    }
    writeMicros(out);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    const from = arena.length;
    setText(unquoted(cell), spans, to, arena);
    if (!momentIn(arena.bytes, from, arena.length - from) || !setMomentInstant()) return; // stays text
    arena.cut(from);
    setHalves(spans, to, SpanKind.instant);
  }
}

/** For time. */
export class TimeForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 1083;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    return kind === SpanKind.text ? timeIn(bytes, at, length) : kind === SpanKind.null;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    timeIn(bytes, at, length);
    writeMicros(out);
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setText(unquoted(cell), spans, to, arena);
  }
}

function writeMicros(out: OutBuffer): void {
  out.int32(8);
  out.int32(int64[0]!);
  out.int32(int64[1]!);
}

/** For date. An instant may be text in the record, which `encode` refuses. */
export class DateForm implements PostgresSpanForm {
  readonly format = 1;
  readonly elementOid = 1082;

  takes(bytes: Uint8Array, kind: number, at: number, length: number): boolean {
    return kind === SpanKind.text ? !Number.isNaN(dayIn(bytes, at, length)) : kind === SpanKind.null;
  }

  write(out: OutBuffer, bytes: Uint8Array, kind: number, at: number, length: number): void {
    if (kind === SpanKind.null) return out.int32(NULL_LENGTH);
    out.int32(4);
    out.int32(dayIn(bytes, at, length));
  }

  spanOf(cell: Cell, spans: Int32Array, to: number, arena: SpanArena): void {
    if (cell === nullCell) return setBare(spans, to, SpanKind.null);
    setText(unquoted(cell), spans, to, arena);
  }
}
