import assert from "node:assert/strict";
import { readSinkSettings, sinkProblems } from "../../../../../sinks/sql/options/option_rules.ts";

const text = "org.apache.kafka.connect.storage.StringConverter";
const long = "org.apache.kafka.connect.converters.LongConverter";
const bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";
const json = "org.apache.kafka.connect.json.JsonConverter";
const plain = { "value.converter": json, "value.converter.schemas.enable": "false" };
const upsert = { "connection.url": "postgres://w@db/x", "insert.mode": "upsert", "pk.mode": "record_key" };
const transformed = (type: string) => ({ transforms: "t", "transforms.t.type": type });
const connect = (name: string) => transformed(`org.apache.kafka.connect.transforms.${name}`);

const problemsOf = (props: Record<string, string>) =>
  [...sinkProblems({ ...upsert, ...props })].map(([name, texts]) => `${name}: ${texts.join()}`);

Deno.test("what every record would fail by is an error of the option that mends it", () => {
  for (
    const [props, expected] of [
      [{ "key.converter": text }, /^pk\.fields: .*keys are text and have no fields/],
      [{ "key.converter": long }, /^pk\.fields: .*keys are numbers/],
      [{ "key.converter": text, "pk.fields": "id,region" }, /^pk\.fields: .*Expected one column/],
      [{ "key.converter": text, ...connect("Cast$Key") }, /^pk\.fields/],
      [{ "pk.mode": "record_value", ...plain }, /^pk\.fields: .*values have no schema/],
      [
        {
          "pk.mode": "record_value",
          ...plain,
          ...transformed("io.debezium.transforms.ExtractNewRecordState"),
        },
        /^pk\.fields/,
      ],
      [{ "pk.fields": "id", "value.converter": text }, /^value\.converter: .*these values are text/],
      [{ "pk.fields": "id", "value.converter": bytes }, /^value\.converter: .*these values are bytes/],
      [{ "pk.fields": "id", "value.converter": text, ...connect("HoistField$Key") }, /^value\.converter/],
    ] as const
  ) {
    const [found, ...none] = problemsOf(props);
    assert.match(found ?? "", expected, JSON.stringify(props));
    assert.deepEqual(none, []);
  }
});

Deno.test("what works, or may, stays as it is", () => {
  for (
    const props of [
      { "key.converter": text, "pk.fields": "id" },
      { "key.converter": json },
      { "key.converter": "com.example.Converter" },
      { "key.converter": text, ...connect("HoistField$Key") },
      { "key.converter": text, ...connect("ValueToKey") },
      { "key.converter": text, ...transformed("com.example.Transform") },
      { "pk.mode": "record_value", ...plain, "pk.fields": "id" },
      { "pk.mode": "record_value", ...plain, "insert.mode": "insert" },
      { "pk.mode": "record_value", "value.converter": json, "value.converter.schemas.enable": "true" },
      { "pk.mode": "record_value", ...plain, ...transformed("sluice.telesales.Contact") },
      { "pk.mode": "none", "insert.mode": "insert", "key.converter": text },
      { "pk.mode": "kafka", "key.converter": text },
      { "pk.fields": "id", "value.converter": text, ...connect("HoistField$Value") },
      { "pk.fields": "id", "value.converter": text, "delete.enabled": "true" },
    ]
  ) assert.deepEqual(problemsOf(props), [], JSON.stringify(props));
});

Deno.test("a connector that is stored already is still read: erasing a person never hangs on its converters", () => {
  assert.equal(readSinkSettings({ ...upsert, "key.converter": text }).keyMode, "record_key");
});
