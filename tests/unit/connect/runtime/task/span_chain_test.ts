/** Whatever the options and the record: what the chain by spans gives is what the pipeline gives. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { SinkConnectorPlugin } from "../../../../../connect/api/plugins.ts";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";
import { type ColumnBatch, SPAN_NUMBERS, SpanKind } from "../../../../../connect/api/spans.ts";
import { RecordPipeline } from "../../../../../connect/runtime/task/record_pipeline.ts";
import { SpanBatch } from "../../../../../connect/runtime/task/span_batch.ts";
import { planSpans, SpanChain } from "../../../../../connect/runtime/task/span_chain.ts";
import { makeConverters } from "../../../../../connect/runtime/task/task_pipeline.ts";
import { createStages } from "../../../../../connect/runtime/task/transformation_chain.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";
import { recordRuns } from "../../../../support/kafka/record_runs.ts";
import { builtInPlugins as plugins } from "../../../../support/plugin_registry.ts";

const time = new FakeClock();
const limits = { bytesMax: 1_000, headersMax: 10, valuesMax: 1_000 };

type Props = Readonly<Record<string, string>>;

interface Both {
  readonly pipeline: RecordPipeline;
  readonly chain: SpanChain | null;
  readonly batch: SpanBatch | null;
}

function bothOf(transforms: Props, wanted: readonly string[] | undefined): Both {
  const props = { "value.converter.schemas.enable": "false", ...transforms };
  const converters = makeConverters({ props, workerProps: {} }, plugins);
  const sink = { wantedColumns: () => ({ values: wanted, key: "whole" }) } as unknown as SinkConnectorPlugin;
  const pipeline = new RecordPipeline({
    ...converters,
    stages: createStages(props, plugins, { time }),
    recordBytesMax: limits.bytesMax,
    recordHeadersMax: limits.headersMax,
    recordValuesMax: limits.valuesMax,
  });
  const plan = planSpans({
    ...{ props, plugins, sink, time },
    ...{ key: converters.key.of, value: converters.value.of, header: converters.header.of },
  });
  if (plan === null) return { pipeline, chain: null, batch: null };
  const batch = new SpanBatch(plan.columns, (raw) => pipeline.apply(raw));
  return { pipeline, chain: new SpanChain(plan, limits, undefined), batch };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function rawOf(value: string | null, key: string | null = "k"): ConsumerRecord {
  return {
    ...{ topic: "events", partition: 1, offset: 7n, timestamp: 5, timestampType: "CreateTime", headers: [] },
    key: key === null ? null : encoder.encode(key),
    value: value === null ? null : encoder.encode(value),
  };
}

/** The columns of a record by name; the key has the name null. */
function columnsOf(batch: ColumnBatch, record: number): ReadonlyMap<string | null, ConnectValue> {
  const found = new Map<string | null, ConnectValue>();
  batch.columns.forEach(({ part, name }, column) => {
    if (part === "value" && name === null) return; // only checked
    const [kind = 0, at = 0, length = 0] = batch.spans.subarray(
      (record * batch.columns.length + column) * SPAN_NUMBERS,
    );
    const text = () => decoder.decode(batch.sources[kind >> 8]?.subarray(at, at + length));
    const values: Readonly<Record<number, () => ConnectValue>> = {
      [SpanKind.null]: () => null,
      [SpanKind.true]: () => true,
      [SpanKind.false]: () => false,
      [SpanKind.integer]: () => BigInt(text()),
      [SpanKind.number]: () => Number(text()),
      [SpanKind.text]: text,
    };
    const value = values[kind & 0xff];
    if (value !== undefined) found.set(name, value());
  });
  return found;
}

/** Returns whether the record was taken. */
function assertSame({ pipeline, chain, batch }: Both, raw: ConsumerRecord, isAll: boolean): boolean {
  if (chain === null || batch === null) return false;
  const [run] = recordRuns([raw]);
  batch.clear();
  batch.begin(run!);
  if (!chain.read(run!, 0, batch)) {
    assert.equal(batch.count, 0);
    return false;
  }
  const record = pipeline.apply(raw);
  const columns = columnsOf(batch, 0);
  assert.ok(record !== null);
  assert.equal(columns.get(null), record.key);
  const fields = new Map(Object.entries(record.value as Readonly<Record<string, ConnectValue>>));
  for (const { name } of chain.columns) {
    if (name !== null) {
      assert.deepEqual([columns.has(name), columns.get(name)], [fields.has(name), fields.get(name)]);
    }
  }
  if (isAll) assert.deepEqual([...fields.keys()].filter((name) => !columns.has(name)), []);
  return true;
}

const name = fc.constantFrom("a", "b", "c", "d", "__proto__");
const names = fc.uniqueArray(name, { maxLength: 4 });
const renames = fc.array(fc.tuple(name, name), { maxLength: 3 });
const replaceField = fc.record({ include: names, exclude: names, renames }).map((
  { include, exclude, renames },
) => ({
  type: "org.apache.kafka.connect.transforms.ReplaceField$Value",
  include: include.join(),
  exclude: exclude.join(),
  renames: renames.map((pair) => pair.join(":")).join(),
}));
const projected = fc.oneof(name.map((one) => [one]), fc.tuple(name, name)).map((path) => path.join("."));
const project = fc.uniqueArray(fc.tuple(projected, name), {
  minLength: 1,
  maxLength: 4,
  selector: ([, to]) => to,
})
  .map((pairs) => ({
    type: "sluice.transforms.Project$Value",
    include: pairs.map((pair) => pair.join(":")).join(),
  }));
const stages = fc.array(fc.oneof(replaceField, replaceField, project), { maxLength: 3 }).map((list) => {
  const props: Record<string, string> = {};
  if (list.length > 0) props["transforms"] = list.map((_, index) => `t${index}`).join();
  for (const [index, options] of list.entries()) {
    for (const [option, value] of Object.entries(options)) {
      if (value !== "") props[`transforms.t${index}.${option}`] = value;
    }
  }
  return props;
});
const scalar = fc.constantFrom("1", "-7", "2.5", '"x"', '"\\u00e3"', "null", "true", "[1]", '"é"');
const member = fc.tuple(
  name,
  fc.oneof(scalar, scalar, fc.array(fc.tuple(name, scalar), { maxLength: 3 }).map(objectText)),
);
const event = fc.array(member, { maxLength: 5 }).map(objectText);

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `"${name}":${value}`).join()}}`;
}

Deno.test("chains of ReplaceField and Project: columns are what the pipeline gives", () => {
  let taken = 0;
  const wanted = fc.option(names, { nil: undefined });
  const property = fc.property(
    stages,
    wanted,
    fc.array(event, { minLength: 1, maxLength: 6 }),
    (props, wanted, events) => {
      const both = bothOf(props, wanted);
      for (const text of events) if (assertSame(both, rawOf(text), wanted === undefined)) taken++;
    },
  );
  fc.assert(property, { numRuns: 3_000 });
  assert.ok(taken > 1_500, `${taken} events`);
});

Deno.test("plain records are taken: a whitelist, ReplaceField with include or exclude, Project", () => {
  const plain = rawOf('{"id":17,"name":"Ana","cpf":"1","at":{"x":1.5}}');
  const keep = (options: Props) => ({
    transforms: "keep",
    ...Object.fromEntries(
      Object.entries(options).map(([option, value]) => [`transforms.keep.${option}`, value]),
    ),
  });
  const replace = "org.apache.kafka.connect.transforms.ReplaceField$Value";
  const taken = [
    [{}, ["id", "name"]],
    [keep({ type: replace, include: "id,name" }), undefined],
    [keep({ type: replace, exclude: "cpf,who", renames: "name:who" }), ["id", "who", "cpf"]],
    [keep({ type: "sluice.transforms.Project$Value", include: "at.x:x,name" }), undefined],
  ] as const;
  for (const [props, wanted] of taken) {
    assert.ok(assertSame(bothOf(props, wanted), plain, false), JSON.stringify(props));
  }
});

Deno.test("what the pipeline must decide isn't taken", () => {
  const both = bothOf({}, ["id"]);
  const header = { key: "h", value: null };
  const others = [
    rawOf(null),
    rawOf(""),
    rawOf("null"),
    rawOf("[1]"),
    rawOf('{"id":{}}'),
    rawOf(`{"id":"${"x".repeat(limits.bytesMax)}"}`),
    { ...rawOf('{"id":1}'), headers: Array.from({ length: limits.headersMax + 1 }, () => header) },
  ];
  for (const raw of others) assert.equal(assertSame(both, raw, false), false);
  assert.ok(assertSame(both, { ...rawOf('{"id":1}'), headers: [header] }, false));
  assert.ok(assertSame(both, rawOf('{"id":1}', null), false));
});

Deno.test("chains with a predicate, a key's transformation, an unknown set of fields or another converter have no columns", () => {
  const type = "org.apache.kafka.connect.transforms.ReplaceField$";
  const keep = {
    transforms: "keep",
    "transforms.keep.type": `${type}Value`,
    "transforms.keep.include": "id",
  };
  const predicate = {
    ...{ "transforms.keep.predicate": "p", predicates: "p", "predicates.p.pattern": "x" },
    "predicates.p.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
  };
  assert.notEqual(bothOf(keep, undefined).chain, null);
  assert.equal(bothOf({ ...keep, ...predicate }, undefined).chain, null);
  assert.equal(bothOf({ ...keep, "transforms.keep.type": `${type}Key` }, undefined).chain, null);
  assert.equal(bothOf({}, undefined).chain, null);
  const json = "org.apache.kafka.connect.json.JsonConverter";
  assert.equal(
    bothOf({ ...keep, "value.converter": json, "value.converter.schemas.enable": "true" }, undefined).chain,
    null,
  );
});
