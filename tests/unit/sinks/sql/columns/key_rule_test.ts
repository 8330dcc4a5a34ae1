import assert from "node:assert/strict";
import { SpanKind } from "../../../../../connect/api/spans.ts";
import { tableOf } from "../../../../../sinks/postgres/tables/catalog.ts";
import { isKeySpan, keyRuleOf } from "../../../../../sinks/sql/columns/key_rule.ts";
import { catalogRows } from "../../../../support/sinks/statement_plans.ts";

/** The kinds of spans that can be keys of a column of a type. */
function kindsOf(type: string, modifier: number | null = null): readonly string[] {
  const rows = catalogRows({ table: ["public", "t"], columns: { id: { type, modifier } }, props: {} });
  const shape = tableOf({ schema: null, name: "t" }, rows).columns.get("id");
  assert.ok(shape !== undefined);
  const { kinds } = keyRuleOf(shape);
  return Object.entries(SpanKind).filter(([, kind]) => (kinds >> kind & 1) === 1).map(([name]) => name);
}

Deno.test("keyRuleOf() takes spans of types whose equality is that of their bytes", () => {
  const integers = ["integer", "int64"];
  assert.deepEqual(["int2", "int4", "int8", "numeric"].map((type) => kindsOf(type)), [
    ...[integers, integers, integers, integers],
  ]);
  assert.deepEqual([kindsOf("text"), kindsOf("varchar", 7)], [
    ["integer", "text", "int64"],
    ["integer", "text", "int64"],
  ]);
  assert.deepEqual([kindsOf("bytea"), kindsOf("uuid")], [["bytes"], ["text"]]);
});

Deno.test("keyRuleOf() takes none of types with several spellings of a value", () => {
  for (
    const type of ["float4", "float8", "timestamptz", "date", "citext", "jsonb", "bool", "bpchar", "inet"]
  ) {
    assert.deepEqual(kindsOf(type), [], type);
  }
  assert.deepEqual([kindsOf("bpchar", 7), kindsOf("numeric", (4 << 16) + 1 + 4)], [["integer", "int64"], []]);
});

Deno.test("a UUID is a key in lower case with its four hyphens only", () => {
  const rule = { kinds: 1 << SpanKind.text, isUuid: true };
  const isKey = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return isKeySpan(rule, bytes, SpanKind.text, 0, bytes.length);
  };
  assert.equal(isKey("7c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"), true);
  const others = [
    "7C5EA4C0-4067-11E9-8BAD-9B1DEB4D3B7D",
    "7c5ea4c0406711e98bad9b1deb4d3b7d",
    "{7c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d}",
    "7c5e-a4c04067-11e9-8bad-9b1deb4d3b7d",
  ];
  assert.deepEqual(others.map(isKey), others.map(() => false));
});
