import assert from "node:assert/strict";
import { ConfigDef } from "../../../../connect/api/config_def.ts";
import { ConfigException } from "../../../../connect/api/exceptions.ts";
import { validateAliasLists } from "../../../../connect/config/topics_validation.ts";
import { sinkConnectorConfig } from "../../../../connect/config/sink_connector_config.ts";

const options = ConfigDef.of({
  "pk.fields": { type: "LIST", default: "", documentation: "" },
  "own": { type: "LIST", default: "", documentation: "", check: () => undefined },
});
const read = (text: string) => options.parse({ "pk.fields": text })["pk.fields"];

Deno.test("a list is split at commas with the blanks around them, and an empty one is empty", () => {
  assert.deepEqual(read("a,b"), ["a", "b"]);
  assert.deepEqual(read(" a ,\tb\n, c "), ["a", "b", "c"]);
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("  "), []);
});

for (const text of ["a,,b", "a, ,b", ",a", "a,", "a ,", ","]) {
  Deno.test(`a blank entry in "${text}" is refused with what to do`, () => {
    const expected = "Configuration 'pk.fields' values must not be empty: remove the extra comma";
    assert.throws(() => read(text), (error: Error) => {
      assert.ok(error instanceof ConfigException);
      assert.equal(error.message, expected);
      return true;
    });
    const [found] = options.validate({ "pk.fields": text });
    assert.deepEqual(found?.errors, [expected]);
    assert.deepEqual(options.validate({ own: text })[1]?.errors, [], "its own check decides");
  });
}

Deno.test("a blank alias is told of by the list that has it", () => {
  const problems = validateAliasLists({ transforms: "contact,", predicates: "a,b" });
  assert.deepEqual([...problems], [
    ["transforms", ["Configuration 'transforms' values must not be empty: remove the extra comma"]],
  ]);
});

Deno.test("topics are checked as Kafka Connect 4.3 checks them", () => {
  const problems = (topics: string) =>
    sinkConnectorConfig.validate({ topics }).find(({ name }) => name === "topics")?.errors;
  assert.deepEqual(problems("a,b"), []);
  assert.deepEqual(problems(" a , b "), []);
  const empty = "Configuration 'topics' values must not be empty: remove the extra comma";
  assert.deepEqual(problems("a,"), [empty]);
  assert.deepEqual(problems("a,,b"), [empty]);
  assert.deepEqual(problems("a,a"), ["Configuration 'topics' values must not be duplicated."]);
  assert.deepEqual(problems(","), ["Configuration 'topics' values must not be duplicated."]);
  assert.deepEqual(problems(" "), [], "topics.regex may be there");
});
