import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import {
  type CatalogRow,
  type PostgresColumn,
  regclassText,
  tableOf,
} from "../../../../../sinks/postgres/tables/catalog.ts";

const name = { schema: null, name: "people" };

function row(column: string, type: string, more: Partial<CatalogRow> = {}): CatalogRow {
  return {
    ...{ schema: "public", table: "people", column, closed: null, isNullable: true, isChecked: false },
    ...{ isDeterministic: true, isUnicode: true, type, isBuiltin: true, isEnum: false, hasTextCast: false },
    ...{ elementType: null, isElementBuiltin: false, delimiter: null, cast: type, modifier: null },
    ...more,
  };
}

function columnOf(type: string, more: Partial<CatalogRow> = {}): PostgresColumn {
  const column = tableOf(name, [row("c", type, more)]).columns.get("c");
  assert.ok(column !== undefined);
  return column;
}

Deno.test("a type that the database reads is cast by row, without its modifiers", () => {
  const bits = columnOf("bit", { cast: '"bit"', modifier: 8 });
  assert.equal(bits.carrier, "text");
  assert.equal(bits.fromElement("u.c0"), 'cast(u.c0 as "bit")');
});

Deno.test("a type with a cast of its own from text is carried as itself", () => {
  const relation = columnOf("regclass", { hasTextCast: true });
  assert.deepEqual([relation.carrier, relation.fromElement("u.c0")], ["regclass", "u.c0"]);
});

Deno.test("an interval of some fields reads its text by them", () => {
  const minutes = columnOf("interval", { modifier: 134_283_263 });
  assert.match(minutes.fromElement("u.c0"), /interval_in\(.*u\.c0.*134283263\)/);
});

Deno.test("padded text is compared as padded text", () => {
  assert.equal(columnOf("bpchar", { modifier: 7 }).carrier, "bpchar");
});

Deno.test("a column that isn't builtin is no builtin type of that name", () => {
  const own = columnOf("int4", { isBuiltin: false, cast: "mine.int4" });
  assert.deepEqual([own.carrier, own.hasTextEquality, own.takesEveryCell], ["text", false, false]);
  assert.equal(columnOf("timestamptz").isInstant, true);
  assert.equal(columnOf("timestamptz", { isBuiltin: false }).isInstant, false);
});

Deno.test("fewer digits, other collations, checks and encodings take promises back", () => {
  const promises = (type: string, more: Partial<CatalogRow> = {}) => {
    const { hasTextEquality, takesEveryCell } = columnOf(type, more);
    return [hasTextEquality, takesEveryCell];
  };
  assert.deepEqual(promises("timestamptz"), [true, true]);
  assert.deepEqual(promises("timestamptz", { modifier: 6 }), [true, true]);
  assert.deepEqual(promises("timestamptz", { modifier: 3 }), [false, true]);
  assert.deepEqual(promises("numeric"), [true, true]);
  assert.deepEqual(promises("numeric", { modifier: 655_366 }), [false, false]);
  assert.deepEqual(promises("text", { isDeterministic: false }), [false, true]);
  assert.deepEqual(promises("text", { isUnicode: false }), [true, false]);
  assert.deepEqual(promises("text", { isChecked: true }), [true, false]);
  assert.deepEqual(promises("bpchar"), [false, true]);
  assert.deepEqual(promises("bpchar", { modifier: 7 }), [true, true]);
});

Deno.test("generated columns are closed and no columns, identity columns are both", () => {
  const table = tableOf(name, [
    row("id", "int4", { closed: "identity", isNullable: false }),
    row("double", "int4", { closed: "generated" }),
    row("name", "text"),
  ]);
  assert.deepEqual([...table.columns.keys()], ["id", "name"]);
  assert.deepEqual([...table.closed], [["id", "identity"], ["double", "generated"]]);
  assert.equal(table.columns.get("id")?.isNullable, false);
});

Deno.test("a table that isn't there, or can't be, is a matter of configuration", () => {
  assert.throws(() => tableOf(name, []), ConfigException);
  assert.throws(() => regclassText({ schema: null, name: "x".repeat(64) }), ConfigException);
  assert.equal(regclassText({ schema: "My Schema", name: 'a"b' }), '"My Schema"."a""b"');
});
