/**
 * Measures how 100 spans of common values become elements of an array parameter, by type: `takes` and `write`. Beside
 * them the cells that the object way makes of the same values, and their array literal.
 *
 *     deno bench bench/micro/span_forms_bench.ts
 *
 * @module
 */

import { arrayLiterals } from "../../sinks/postgres/statements/rows.ts";
import { spanForm } from "../../sinks/postgres/tables/span_forms.ts";
import { OutBuffer } from "../../sinks/postgres/wire/out_buffer.ts";
import { commonSpans } from "../../tests/support/spans/common_spans.ts";

const out = new OutBuffer();

for (const { name, column, spans } of commonSpans) {
  const form = spanForm(column);
  if (form === null) throw new Error(`${name} has no form`);
  Deno.bench(`${name}: spans`, { group: name }, () => {
    out.clear();
    for (let index = 0; index < spans.length; index++) {
      const { bytes, kind, at, length } = spans[index]!;
      if (form.takes(bytes, kind, at, length)) form.write(out, bytes, kind, at, length);
    }
  });
  Deno.bench(`${name}: cells`, { group: name, baseline: true }, () => {
    out.clear();
    const rows = spans.map(({ value }) => [column.encode(value, null)]);
    for (const literal of arrayLiterals(rows)) out.text(literal);
  });
}
