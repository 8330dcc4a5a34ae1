/**
 * How spans become elements of PostgreSQL's array parameters: binary where the type has a simple form, else elements of
 * an array literal. A form takes only what the column's `encode` accepts, and sends the same value.
 *
 * | carrier | takes |
 * |---|---|
 * | int2, int4, int8 | integers in range |
 * | float4, float8 | integers and numbers in range |
 * | numeric, as a literal | integers; plain decimals, also as text |
 * | bool, bytea | their own kinds |
 * | text, bpchar; as a literal all types that PostgreSQL reads | text within the length, integers, short decimals |
 * | timestamptz, timestamp | ISO 8601 text in common forms, instants |
 * | date, time | ISO 8601 text in common forms |
 * | uuid | text in the usual form |
 * | json, arrays, timetz | nothing |
 *
 * @module
 */

import type { PostgresColumn } from "./catalog.ts";
import { BooleanForm, BytesForm, DoubleForm, IntegerForm, RealForm, UuidForm } from "./span_binary.ts";
import type { PostgresSpanForm } from "./span_form.ts";
import { LiteralForm, NumericForm, TextForm } from "./span_texts.ts";
import { DateForm, MomentForm, TimeForm } from "./span_times.ts";

export type { PostgresSpanForm } from "./span_form.ts";

/**
 * Returns how spans go into a column; null if they can't.
 *
 * @example
 * ```ts
 * import { SpanKind } from "../../../connect/api/spans.ts";
 * import { OutBuffer } from "../wire/out_buffer.ts";
 * import type { PostgresColumn } from "./catalog.ts";
 * import { spanForm } from "./span_forms.ts";
 * const form = spanForm({ carrier: "int4", text: null } as PostgresColumn);
 * const bytes = new TextEncoder().encode("17");
 * if (form === null || !form.takes(bytes, SpanKind.integer, 0, 2)) throw new Error("17 is an int4");
 * const out = new OutBuffer();
 * form.write(out, bytes, SpanKind.integer, 0, 2);
 * if (out.written().join() !== "0,0,0,4,0,0,0,17") throw new Error("length and number, in network order");
 * ```
 */
export function spanForm({ carrier, text }: PostgresColumn): PostgresSpanForm | null {
  if (text === null) return forms[carrier] ?? null;
  if (carrier === "text") return new TextForm(oids.text, text);
  return carrier === "bpchar" ? new TextForm(oids.bpchar, text) : new LiteralForm(text);
}

/** Fixed since they were added. */
const oids = { text: 25, bpchar: 1042 } as const;

/** Forms without state of a column. */
const forms: Readonly<Record<string, PostgresSpanForm>> = {
  int2: new IntegerForm(21, 16),
  int4: new IntegerForm(23, 32),
  int8: new IntegerForm(20, 64),
  float4: new RealForm(),
  float8: new DoubleForm(),
  numeric: new NumericForm(),
  bool: new BooleanForm(),
  bytea: new BytesForm(),
  uuid: new UuidForm(),
  timestamptz: new MomentForm(1184),
  timestamp: new MomentForm(1114),
  date: new DateForm(),
  time: new TimeForm(),
};
