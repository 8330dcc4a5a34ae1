/** Chains: predicates decide, drops end them, and configuration errors are found before they run. */

import assert from "node:assert/strict";
import { ConnectException } from "../../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../../connect/api/record.ts";
import { checkTransforms, validateTransforms } from "../../../../../connect/config/transforms_config.ts";
import {
  createStages,
  stageProblems,
  TransformationChain,
  TransformationStage,
} from "../../../../../connect/runtime/task/transformation_chain.ts";
import { pluginProblems } from "../../../../../connect/runtime/task/task_pipeline.ts";
import { builtInPlugins } from "../../../../support/plugin_registry.ts";

const connect = "org.apache.kafka.connect.transforms.";
const dropTombstones = {
  "transforms": "drop",
  "transforms.drop.type": `${connect}Filter`,
  "transforms.drop.predicate": "tombstone",
  "predicates": "tombstone",
  "predicates.tombstone.type": `${connect}predicates.RecordIsTombstone`,
};

function chainOf(props: Readonly<Record<string, string>>): TransformationChain {
  return new TransformationChain(createStages(props, builtInPlugins));
}

Deno.test("a predicate decides to which records its transformation applies", () => {
  const chain = chainOf(dropTombstones);
  const kept = ConnectRecord.of({ topic: "t", value: "x" });
  assert.equal(chain.apply(kept), kept);
  assert.equal(chain.apply(ConnectRecord.of({ topic: "t" })), null);
});

Deno.test("negate turns it round", () => {
  const chain = chainOf({ ...dropTombstones, "transforms.drop.negate": "TRUE" });
  assert.equal(chain.apply(ConnectRecord.of({ topic: "t", value: "x" })), null);
});

Deno.test("stages behind the one that drops a record don't see it", () => {
  const seen: string[] = [];
  const stage = (name: string, result: ConnectRecord | null) =>
    new TransformationStage(name, name, { apply: () => (seen.push(name), result) });
  const record = ConnectRecord.of({ topic: "t" });
  const chain = new TransformationChain([stage("a", record), stage("b", null), stage("c", record)]);
  assert.equal(chain.apply(record), null);
  assert.deepEqual(seen, ["a", "b"]);
});

Deno.test("closing a chain closes its transformations and predicates", () => {
  const closed: string[] = [];
  const chain = new TransformationChain([
    new TransformationStage("a", "A", {
      apply: (record) => record,
      close: () => closed.push("transformation"),
    }, {
      predicate: { test: () => true, close: () => closed.push("predicate") },
      negate: false,
    }),
  ]);
  chain.close();
  assert.deepEqual(closed, ["transformation", "predicate"]);
});

Deno.test("everything that is wrong is told at once, each by its option", () => {
  const props = {
    "transforms": "a,b,c",
    "transforms.a.type": "com.example.Nope",
    "transforms.b.type": `${connect}HoistField$Value`,
    "transforms.c.type": `${connect}Cast`,
    "predicates": "p",
    "predicates.p.type": `${connect}predicates.TopicNameMatches`,
    "predicates.p.pattern": "(",
  };
  const wrong = validateTransforms(props, builtInPlugins).filter(({ errors }) => errors.length > 0);
  assert.deepEqual(wrong.map(({ name }) => name), [
    "transforms.a.type",
    "transforms.b.field",
    "transforms.c.type",
    "predicates.p.pattern",
  ]);
  assert.throws(() => checkTransforms(props, builtInPlugins), /Class com.example.Nope could not be found/);
});

Deno.test("forms get every option of a listed transformation, grouped by its alias", () => {
  const values = validateTransforms(dropTombstones, builtInPlugins);
  assert.deepEqual(values.map(({ name }) => name), [
    "transforms.drop.type",
    "transforms.drop.plugin.version",
    "transforms.drop.negate",
    "transforms.drop.predicate",
    "predicates.tombstone.type",
    "predicates.tombstone.plugin.version",
  ]);
  assert.deepEqual([...new Set(values.map(({ key }) => key.group))], [
    "Transforms: drop",
    "Predicates: tombstone",
  ]);
});

Deno.test("an unknown predicate passes validation, as in Connect, and is told before anything starts", () => {
  const props = { ...dropTombstones, "transforms.drop.predicate": "nobody" };
  assert.doesNotThrow(() => checkTransforms(props, builtInPlugins));
  assert.throws(() => createStages(props, builtInPlugins), ConnectException);
  const [[option, texts] = []] = stageProblems(props, builtInPlugins);
  assert.equal(option, "transforms.drop.type");
  assert.match(String(texts), /Unknown configuration 'predicates.nobody.plugin.version'/);
});

Deno.test("a version that isn't built in is refused", () => {
  const errors = (version: string) =>
    validateTransforms({ ...dropTombstones, "transforms.drop.plugin.version": version }, builtInPlugins)
      .flatMap((value) => value.errors);
  assert.deepEqual(errors("4.3.1"), []);
  assert.deepEqual(errors("[4.0,5.0)"), []);
  assert.match(
    errors("9").join(),
    /not found that matches the version range \[9,9\], available versions: \[4.3.1\]/,
  );
});

Deno.test("what would fail each record is told before anything starts, by the option", () => {
  const route = (type: string, options: Readonly<Record<string, string>>) =>
    stageProblems({
      transforms: "r",
      "transforms.r.type": `org.apache.kafka.connect.transforms.${type}`,
      ...Object.fromEntries(Object.entries(options).map(([name, text]) => [`transforms.r.${name}`, text])),
    }, builtInPlugins);
  const cases = [
    ["RegexRouter", { regex: "(.*)", replacement: "$9" }, "replacement", /No group 9/],
    ["RegexRouter", { regex: "(.*)", replacement: "${nope}" }, "replacement", /No group with name \{nope\}/],
    ["RegexRouter", { regex: "(.*)", replacement: "a\\" }, "replacement", /escaped is missing/],
    ["TimestampRouter", { "timestamp.format": "bbb" }, "timestamp.format", /Illegal pattern character/],
  ] as const;
  for (const [type, options, option, why] of cases) {
    const [[name, texts] = [], ...none] = route(type, options);
    assert.equal(name, `transforms.r.${option}`);
    assert.match(texts?.[0] ?? "", why);
    assert.deepEqual(none, []);
  }
  assert.equal(route("RegexRouter", { regex: "(?<a>.*)", replacement: "\\$${a}$1" }).size, 0);
  assert.equal(route("RegexRouter", { regex: "(", replacement: "$9" }).size, 0, "the option itself says so");
});

Deno.test("a converter that can't be made is told before anything starts, by its option", () => {
  const text = "org.apache.kafka.connect.storage.StringConverter";
  const problems = pluginProblems({
    "key.converter": text,
    "key.converter.converter.encoding": "nope",
    "value.converter": text,
    "header.converter": "com.example.Nope",
  }, builtInPlugins);
  assert.deepEqual([...problems], [[
    "key.converter",
    [`Invalid value ${text} for configuration key.converter: Unsupported encoding nope`],
  ]]);
});
