import assert from "node:assert/strict";
import { parseConnectorFile, readConnectorFile } from "../../../../cli/catalog/connector_files.ts";
import { UsageError } from "../../../../cli/usage_error.ts";

const failsWith = (text: RegExp, file: string, path = "people.json") =>
  assert.throws(
    () => parseConnectorFile(path, file),
    (error) => error instanceof UsageError && text.test(error.message) && !error.message.includes("s3cret"),
  );

Deno.test("the form POSTed to Connect and a flat map say the same", () => {
  const posted = parseConnectorFile(
    "a.json",
    '{"name": " people ", "config": {"topics": "a", "tasks.max": 2}}',
  );
  const flat = parseConnectorFile("a.json", '{"name": "people", "topics": "a", "tasks.max": "2"}');
  const properties = parseConnectorFile("a.properties", "name=people\ntopics=a\ntasks.max=2\n");
  for (const file of [posted, flat, properties]) {
    assert.equal(file.name, "people");
    assert.deepEqual(file.props, { name: "people", topics: "a", "tasks.max": "2" });
  }
});

Deno.test("numbers and booleans become text, and integers keep all their digits", () => {
  const text = '{"name":"a","config":{"a":1.50,"b":true,"c":9007199254740993,"d":-1}}';
  assert.deepEqual(parseConnectorFile("a.json", text).props, {
    a: "1.5",
    b: "true",
    c: "9007199254740993",
    d: "-1",
    name: "a",
  });
});

Deno.test("what can't be a configuration is refused by name", () => {
  failsWith(/^Cannot read people.json: it is not JSON/, '{"password": s3cret}');
  failsWith(/^Cannot use people.json: it has no "name"$/, "{}");
  failsWith(
    /config a: Null value can not be supplied as the configuration value\./,
    '{"name":"a","config":{"a":null}}',
  );
  failsWith(/config a: Text, a number or a boolean is expected/, '{"name":"a","config":{"a":["s3cret"]}}');
  failsWith(/nope/, '{"name":"a","config":{},"nope":"s3cret"}');
  failsWith(/^Cannot use people.json: A JSON object is expected, with options by their names$/, "[]");
  failsWith(/^Cannot use people.json: config: A JSON object is expected/, '{"name":"a","config":["s3cret"]}');
  failsWith(
    /^Cannot use people.json: name: The connector's name as text is expected$/,
    '{"config":{"a":"s3cret"}}',
  );
  failsWith(
    /name in its config is "b", but name outside of config is "a"/,
    '{"name":"a","config":{"name":"b"}}',
  );
});

Deno.test("a file of many with the same name is told by its folder", () => {
  failsWith(
    /^Cannot read connectors\/people\/connector.json: it is not JSON/,
    "{",
    "connectors/people/connector.json",
  );
});

Deno.test("a file that isn't there is said in a sentence", async () => {
  await assert.rejects(
    readConnectorFile("nowhere.json"),
    { message: "Cannot read the connector configuration nowhere.json: there is no such file or folder" },
  );
});
