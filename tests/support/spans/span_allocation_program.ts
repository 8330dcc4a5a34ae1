/**
 * Prints how many heap bytes a form's `takes` and `write` allocate for an element, garbage included, by carrier. Run it
 * without garbage collection, and optimized at once: with the flags of `span_allocation_test.ts`.
 *
 * @module
 */

import { spanForm } from "../../../sinks/postgres/tables/span_forms.ts";
import { OutBuffer } from "../../../sinks/postgres/wire/out_buffer.ts";
import { takes } from "./span_columns.ts";
import { commonSpans } from "./common_spans.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };
const rounds = { warm: 2_000, measured: 1_000 } as const;
const out = new OutBuffer();

const bytes: Record<string, number> = {};
for (const { name, column, spans } of commonSpans) {
  const form = spanForm(column);
  if (form === null || !spans.every((span) => takes(form, span))) throw new Error(`${name} has no form`);
  const run = (count: number) => {
    for (let round = 0; round < count; round++) {
      out.clear();
      for (let index = 0; index < spans.length; index++) {
        const { bytes, kind, at, length } = spans[index]!;
        if (form.takes(bytes, kind, at, length)) form.write(out, bytes, kind, at, length);
      }
    }
  };
  run(rounds.warm);
  gc();
  const before = Deno.memoryUsage().heapUsed;
  run(rounds.measured);
  bytes[name] = (Deno.memoryUsage().heapUsed - before) / rounds.measured / spans.length;
}
console.log(JSON.stringify(bytes));
