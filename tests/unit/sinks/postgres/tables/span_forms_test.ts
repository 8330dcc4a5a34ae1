import assert from "node:assert/strict";
import fc from "fast-check";
import { Decimal } from "../../../../../connect/api/decimal.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";
import { SpanKind } from "../../../../../connect/api/spans.ts";
import type { PostgresColumn } from "../../../../../sinks/postgres/tables/catalog.ts";
import { type PostgresSpanForm, spanForm } from "../../../../../sinks/postgres/tables/span_forms.ts";
import {
  cellIn,
  cellOf,
  columnOf,
  elementOf,
  elementOfCell,
  takes,
  textSpan,
  wordSpan,
} from "../../../../support/spans/span_columns.ts";
import { formColumns, plainSpans } from "../../../../support/spans/plain_spans.ts";
import { anySpan } from "../../../../support/spans/random_spans.ts";
import { sampledTypes, sampleKinds } from "../../../../support/sinks/type_samples.ts";

function formOf(column: PostgresColumn | undefined): PostgresSpanForm {
  const form = column === undefined ? null : spanForm(column);
  assert.ok(form !== null, `${column?.carrier} has a form`);
  return form;
}

const runs = 4_000;

for (const [name, column] of Object.entries(formColumns)) {
  Deno.test(`${name}: what is taken is sent as the cell of the same value`, () => {
    const form = formOf(column);
    fc.assert(
      fc.property(anySpan, (span) => {
        if (!takes(form, span)) return;
        const cell = cellOf(column, span.value);
        assert.ok(cell !== null, `encode refuses it`);
        assert.equal(cellIn(elementOf(form, span), form), cell);
      }),
      { numRuns: runs },
    );
  });

  Deno.test(`${name}: a cell's span is sent as the cell`, () => {
    const form = formOf(column);
    const check = (value: ConnectValue) => {
      const cell = cellOf(column, value);
      if (cell !== null) assert.equal(cellIn(elementOfCell(form, cell), form), cell);
    };
    fc.assert(fc.property(anySpan, ({ value }) => check(value)), { numRuns: runs });
    for (const { samples } of sampledTypes.flatMap(sampleKinds)) {
      for (const { value } of samples) check(value);
    }
    check(null);
    check("294276-12-31T23:59:59.999999Z");
    check("0001-01-01T00:00:00Z");
    check(new Decimal(2n ** 62n, 0));
  });

  Deno.test(`${name}: bytes that aren't of their kind are taken only as that kind's text, and nothing throws`, () => {
    const form = formOf(column);
    const kinds = [SpanKind.integer, SpanKind.number, SpanKind.absent, 99];
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE,}"\\N'), maxLength: 20 });
    fc.assert(
      fc.property(near, fc.constantFrom(...kinds), (text, kind) => {
        if (!takes(form, textSpan(kind, text, null))) return;
        assert.match(text, /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/);
        assert.ok(kind === SpanKind.integer || kind === SpanKind.number);
      }),
      { numRuns: runs },
    );
  });
}

const text = (text: string) => textSpan(SpanKind.text, text, text);

Deno.test("plain values go as spans, and NULL for all columns", () => {
  assert.deepEqual(Object.keys(plainSpans).sort(), Object.keys(formColumns).sort());
  for (const [name, column] of Object.entries(formColumns)) {
    const form = formOf(column);
    for (const span of [...plainSpans[name] ?? [], wordSpan(SpanKind.null, 0n, null)]) {
      assert.ok(takes(form, span), `${name} ${Deno.inspect(span.value)}`);
      assert.equal(cellIn(elementOf(form, span), form), cellOf(column, span.value));
    }
  }
});

Deno.test("JSON, arrays and times with a zone go by objects", () => {
  const list = { elementType: "int4", isElementBuiltin: true, delimiter: "," };
  for (const type of ["json", "jsonb", "timetz"]) assert.equal(spanForm(columnOf(type)), null);
  assert.equal(spanForm(columnOf("_int4", list)), null);
  assert.equal(spanForm(columnOf("_mood", { ...list, isBuiltin: false, elementType: "mood" })), null);
});

Deno.test("a long text into a short column is taken once its characters fit, not its bytes", () => {
  const form = formOf(formColumns["varchar(3)"]);
  for (
    const [value, isTaken] of [["😀😀😀", true], ["😀😀😀😀", false], ["abcd", false], [
      "abc ",
      false,
    ]] as const
  ) {
    assert.equal(takes(form, text(value)), isTaken, value);
  }
  assert.equal(takes(formOf(formColumns["char(3)"]), text("a ")), false);
});
