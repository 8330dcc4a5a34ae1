/** A dry run can show every good record, whatever converters and transformations make of it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { dryRunText } from "../../../../cli/trial/dry_run_line.ts";
import { readRecord } from "../../../../cli/trial/transforms_vector.ts";
import { objectOf, propsOf, readLine } from "../../../../cli/trial/vector_parts.ts";
import { Decimal } from "../../../../connect/api/decimal.ts";
import { JavaException } from "../../../../connect/api/exceptions.ts";
import { dateOf } from "../../../../connect/java/date.ts";
import { TIMESTAMP_SCHEMA } from "../../../../connect/api/logical_types.ts";
import { ConnectRecord, type SinkRecord } from "../../../../connect/api/record.ts";
import { type ConnectValue, Schema, type SchemaAndValue, Struct } from "../../../../connect/api/schema.ts";
import { converterPlugins, headerConverterPlugins } from "../../../../connect/converters/mod.ts";
import { Plugins } from "../../../../connect/runtime/worker/plugins.ts";
import { createStages, TransformationChain } from "../../../../connect/runtime/task/transformation_chain.ts";
import { predicatePlugins, transformationPlugins } from "../../../../connect/transforms/mod.ts";
import { schemaAndValue } from "../../connect/converters/arbitraries.ts";

const plugins = new Plugins(
  converterPlugins,
  headerConverterPlugins,
  transformationPlugins,
  predicatePlugins,
);

function shown(record: ConnectRecord) {
  const { text, isRendered } = dryRunText({ record: record as SinkRecord });
  assert(isRendered && !text.includes("renderError"), text);
  return JSON.parse(text).record;
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** Values of transformations in schemaless data that JSON doesn't have. */
const oddValue: fc.Arbitrary<ConnectValue> = fc.letrec<{ value: ConnectValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: "binary", maxLength: 8 }),
    int64,
    fc.double(),
    int64.map(dateOf),
    fc.tuple(int64, fc.integer({ min: -40, max: 40 })).map(([unscaled, scale]) =>
      new Decimal(unscaled, scale)
    ),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie("value"), { maxKeys: 4 }).map((object) => ({ ...object })),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    schemaAndValue.map(({ schema, value }) =>
      new Struct(
        new Schema("struct", { fields: [{ name: "f", schema: schema ?? Schema.OPTIONAL_STRING }] }),
        [
          schema === null ? null : value,
        ],
      )
    ),
  ),
})).value;
/** Fitting data, data without a schema, and data that its schema doesn't allow, which no converter checks. */
const anyData: fc.Arbitrary<SchemaAndValue> = fc.oneof(
  schemaAndValue,
  oddValue.map((value) => ({ schema: null, value })),
  fc.tuple(schemaAndValue, oddValue).map(([{ schema }, value]) => ({ schema, value })),
  schemaAndValue.map(({ schema }) => ({ schema: schema?.with({ optional: false }) ?? null, value: null })),
  schemaAndValue.map(({ schema, value }) =>
    schema === null || schema.type === "struct"
      ? { schema, value }
      : { schema: schema.with({ default: value, optional: true }), value: null }
  ),
);

Deno.test("data of all types is shown in keys, values and headers, with a schema, without one and against one", () => {
  fc.assert(
    fc.property(anyData, anyData, anyData, (key, value, header) => {
      const record = new ConnectRecord({
        topic: "t",
        partition: 0,
        keySchema: key.schema,
        key: key.value,
        valueSchema: value.schema,
        value: value.value,
        timestamp: null,
        timestampType: "NoTimestampType",
        headers: [{ key: "h", ...header }],
        offset: 1n,
      }, { topic: "t", partition: 0 });
      const { key: shownKey, value: shownValue, headers } = shown(record);
      for (const part of [shownKey, shownValue, headers[0]]) assert("schema" in part && "payload" in part);
      assert.equal(shownKey.schema === null, key.schema === null, "a schema isn't lost");
    }),
    { numRuns: 500 },
  );
});

Deno.test("a double that is more than its schema's float can hold is shown as a text", () => {
  const record = ConnectRecord.of({ topic: "t", value: 3.4028235677973366e38 }).with({
    valueSchema: Schema.FLOAT32,
  });
  assert.equal(shown(record).value.payload, "Infinity");
});

Deno.test("a Timestamp that TimestampConverter makes of data without a schema is shown in milliseconds", () => {
  const at = new Date("2026-11-30T01:02:03.004Z");
  const decimal = new Decimal(150n, 2);
  const bytes = new Uint8Array([1, 2]);
  const record = ConnectRecord.of({ topic: "t", value: { at, price: decimal, bytes, list: [at] } });
  assert.deepEqual(shown(record).value, {
    schema: null,
    payload: {
      at: { $date: at.getTime() },
      price: { $decimal: "1.50" },
      bytes: { $bytes: "AQI=" },
      list: [{ $date: at.getTime() }],
    },
  });
  const typed = ConnectRecord.of({ topic: "t", value: at }).with({ valueSchema: TIMESTAMP_SCHEMA });
  assert.equal(shown(typed).value.payload, at.getTime());
});

for (const file of ["transforms.jsonl", "extract_new_record_state.jsonl"]) {
  Deno.test(`whatever transformations make of the records of ${file} is shown`, async () => {
    const url = new URL(`../../../conformance/vectors/${file}`, import.meta.url);
    let count = 0;
    for (const line of (await Deno.readTextFile(url)).split("\n").filter((text) => text !== "")) {
      const made = outcomeOf(line);
      if (made === null) continue;
      shown(made);
      count += 1;
    }
    assert.ok(count > 40, `${count} records`);
  });
}

/** Null if the record is dropped or bad, or the configuration wrong. */
function outcomeOf(line: string): ConnectRecord | null {
  const vector = objectOf(readLine(line), "a line");
  try {
    const stages = createStages(propsOf(vector.get("transforms"), "transforms"), plugins);
    return new TransformationChain(stages).apply(readRecord(objectOf(vector.get("record"), "record")));
  } catch (error) {
    if (error instanceof JavaException) return null;
    throw error;
  }
}
