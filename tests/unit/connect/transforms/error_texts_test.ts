/** Errors of records show the field and the rule, never the value. */

import assert from "node:assert/strict";
import { DataException, JvmException } from "../../../../connect/api/exceptions.ts";
import type { TransformationPlugin } from "../../../../connect/api/plugins.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Schema, Struct } from "../../../../connect/api/schema.ts";
import type { Props } from "../../../../connect/api/sink_task.ts";
import { reasonOf } from "../../../../connect/errors/failed_record.ts";
import { cast } from "../../../../connect/transforms/cast/cast.ts";
import { replaceField } from "../../../../connect/transforms/replace_field.ts";
import { transformationPlugins } from "../../../../connect/transforms/mod.ts";
import { timestampConverter } from "../../../../connect/transforms/timestamps/timestamp_converter.ts";

function errorOf(plugin: TransformationPlugin, props: Props, value: ConnectValue): DataException {
  try {
    plugin.create(props).apply(ConnectRecord.of({ topic: "t", value }));
  } catch (error) {
    if (error instanceof DataException) return error;
    throw error;
  }
  return assert.fail("the record is refused");
}

Deno.test("a cast that fails names its field, and only Connect's text holds the value", () => {
  const error = errorOf(cast[1], { spec: "points:int32" }, { points: "Ana +55 11" });
  assert.equal(error.message, "Cannot cast field points: Value was out of range for requested data type");
  assert.equal(error.connectText, "Value (Ana +55 11) was out of range for requested data type");
  assert.equal(error.rule, "cast_out_of_range");
  assert.equal(error.field, "points");
});

Deno.test("a timestamp that can't be read names its field, and only Connect's text holds the value", () => {
  const props = { field: "at", "target.type": "unix", format: "yyyy-MM-dd" };
  const error = errorOf(timestampConverter[1], props, { at: "Ana" });
  assert.equal(
    error.message,
    "Could not parse timestamp: value of field at does not match pattern (yyyy-MM-dd)",
  );
  assert.equal(
    error.connectText,
    "Could not parse timestamp: value (Ana) does not match pattern (yyyy-MM-dd)",
  );
  assert.equal(error.rule, "timestamp_unparseable");
  assert.equal(error.field, "at");
});

Deno.test("a value that is no map is told by its class", () => {
  const error = errorOf(replaceField[1], { include: "name" }, "Ana");
  assert.equal(
    error.message,
    "Only Map objects supported in absence of schema for [field replacement], found: java.lang.String",
  );
  assert.equal(error.rule, "not_a_map");
});

Deno.test("a text date without a pattern to read it by is told by field, rule and option, not as NullPointerException", () => {
  for (const [field, value] of [["at", { at: "2026-11-30" }], ["", "2026-11-30"]] as const) {
    const transformation = timestampConverter[1].create({ field, "target.type": "Timestamp" });
    const record = ConnectRecord.of({ topic: "t", value });
    assert.throws(() => transformation.apply(record), (error) => {
      assert(error instanceof JvmException);
      assert.match(error.message, /it holds text, and .* has no pattern .*: set its option format/);
      assert.equal(reasonOf(error), "timestamp_format_missing");
      assert.equal(error.field, field === "" ? undefined : field);
      assert.match(error.connectText, /"config\.format" is null/);
      return true;
    });
  }
});

Deno.test("what Connect ends in a NullPointerException has a rule of its own", () => {
  const struct = new Struct(new Schema("struct", { fields: [{ name: "id", schema: Schema.INT64 }] }), [1n]);
  const plugin = transformationPlugins.find(({ className }) => className.endsWith("HeaderFrom$Value"));
  const moving = plugin?.create({ fields: "name", headers: "n", operation: "move" });
  const record = ConnectRecord.of({ topic: "t", valueSchema: struct.schema, value: struct });
  assert.throws(() => moving?.apply(record), (error) => {
    assert.equal(reasonOf(error), "field_missing");
    return true;
  });
});
