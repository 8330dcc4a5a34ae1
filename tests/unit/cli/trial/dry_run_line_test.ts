import assert from "node:assert/strict";
import { dryRunLine, dryRunText } from "../../../../cli/trial/dry_run_line.ts";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { converterPlugins, headerConverterPlugins } from "../../../../connect/converters/mod.ts";
import type {
  PipelineStage,
  RecordPipelineOptions,
} from "../../../../connect/runtime/task/record_pipeline.ts";

function converter(name: string, props: Readonly<Record<string, string>> = {}) {
  const plugin = converterPlugins.find(({ className }) => className.endsWith(name));
  assert(plugin !== undefined);
  return { className: plugin.className, of: plugin.create(props, false) };
}

function pipelineOf(...stages: PipelineStage[]): RecordPipelineOptions {
  const [headers] = headerConverterPlugins;
  assert(headers !== undefined);
  return {
    key: converter("StringConverter"),
    value: converter("JsonConverter", { "schemas.enable": "false" }),
    header: { className: headers.className, of: headers.create({}) },
    stages,
    recordBytesMax: 100,
  };
}

function textOf(line: string, pipeline = pipelineOf()): string {
  const { text, isRendered } = dryRunText(dryRunLine(line, 7, pipeline));
  assert(isRendered, text);
  return text;
}

function outcome(line: unknown, pipeline = pipelineOf()) {
  return JSON.parse(textOf(typeof line === "string" ? line : JSON.stringify(line), pipeline));
}

Deno.test("raw text passes the connector's converters", () => {
  const { record } = outcome({ topic: "t", key: "17", value: '{"name":"Ana"}', timestamp: 5 });
  assert.deepEqual(record, {
    topic: "t",
    partition: 0,
    offset: 7,
    timestamp: 5,
    timestampType: "CreateTime",
    key: { schema: { type: "string", optional: true }, payload: "17" },
    value: { schema: null, payload: { name: "Ana" } },
    headers: [],
  });
});

Deno.test("JSON in place of a text stands for its own text, with every digit", () => {
  const text = textOf('{"topic":"t","key":null,"value":{"id":9007199254740993}}');
  assert.match(text, /"payload":\{"id":9007199254740993\}/);
});

Deno.test("envelopes are data already, with schema and headers, and pass no converter", () => {
  const value = { schema: { type: "string", optional: false }, payload: "not JSON" };
  const headers = [{ key: "h", schema: { type: "int32", optional: false }, payload: 3 }, {
    key: "raw",
    value: "true",
  }];
  const { record } = outcome({
    record: { topic: "t", partition: 2, offset: 9, key: { schema: null, payload: null }, value, headers },
  });
  assert.deepEqual(record.value, value);
  assert.deepEqual([record.partition, record.offset, record.timestampType], [2, 9, "NoTimestampType"]);
  assert.deepEqual(record.headers[0], headers[0]);
  assert.deepEqual(record.headers[1], {
    key: "raw",
    schema: { type: "boolean", optional: false },
    payload: true,
  });
});

Deno.test("a tombstone stays one, and what only looks like one is bad", () => {
  assert.deepEqual(outcome({ topic: "t", key: "17", value: null }).record.value, {
    schema: null,
    payload: null,
  });
  assert.match(
    outcome({ topic: "t", key: "17", value: "" }).error,
    /only a record without a value is a tombstone/,
  );
});

Deno.test("what a stage throws or drops is the outcome", () => {
  const refuse: PipelineStage = {
    className: "example.Refuse",
    apply: () => {
      throw new DataException("phone is missing", { rule: "phone_missing" });
    },
  };
  const drop: PipelineStage = { className: "example.Drop", apply: () => null };
  const line = { topic: "t", key: "17", value: "{}" };
  assert.deepEqual(outcome(line, pipelineOf(refuse)), {
    error: "phone is missing",
    class: "org.apache.kafka.connect.errors.DataException",
  });
  assert.deepEqual(outcome(line, pipelineOf(drop)), { dropped: true });
});

Deno.test("a line that can't be read is an outcome, never a crash", () => {
  for (
    const line of [
      "",
      "{",
      "[]",
      "5",
      "{}",
      '{"topic":5}',
      '{"topic":"t","headers":[1]}',
      '{"topic":"t","value":"{"}',
    ]
  ) {
    assert.equal(typeof outcome(line).error, "string", line);
  }
});

Deno.test("a line that is no JSON isn't taken for a record whose value is none", () => {
  assert.match(outcome('{"topic":').error, /^Cannot read the line as JSON: /);
  assert.match(outcome({ topic: "t", key: null, value: "{" }).error, /^Converting byte/);
});
