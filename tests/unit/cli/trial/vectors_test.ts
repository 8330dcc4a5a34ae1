/** Lines that are run one by one: any line has an outcome. */

import assert from "node:assert/strict";
import { runVector } from "../../../../cli/trial/vectors.ts";
import { builtInPlugins } from "../../../support/plugin_registry.ts";

interface Outcome {
  readonly id: string | number | null;
  readonly outcome: Readonly<Record<string, unknown>>;
}

function run(line: string): Outcome {
  const text = runVector(line, builtInPlugins);
  assert.ok(!text.includes("\n"), "an outcome is one line");
  return JSON.parse(text) as Outcome;
}

const json = "org.apache.kafka.connect.json.JsonConverter";
const nothing = '{"schema":null,"payload":null}';
const record =
  `{"topic":"t","partition":0,"offset":7,"timestamp":1,"timestampType":"CreateTime","key":${nothing},` +
  `"value":{"schema":null,"payload":{"id":9007199254740993}},"headers":[]}`;

Deno.test("a record passes its chain without losing a digit", () => {
  const transforms =
    '{"transforms":"h","transforms.h.type":"org.apache.kafka.connect.transforms.HoistField$Value",' +
    '"transforms.h.field":"v"}';
  const text = runVector(`{"id":"a","transforms":${transforms},"record":${record}}`, builtInPlugins);
  assert.ok(text.includes('"payload":{"v":{"id":9007199254740993}}'), text);
});

Deno.test("an empty chain returns the record", () => {
  const text = runVector(`{"id":1,"transforms":{},"record":${record}}`, builtInPlugins);
  assert.equal(text, `{"id":1,"outcome":{"record":${record}}}`);
});

Deno.test("bytes become data and data bytes", () => {
  const read = run(
    `{"id":"r","converter":"${json}","config":{"schemas.enable":"false"},"bytesBase64":"NQ=="}`,
  );
  assert.deepEqual(read, { id: "r", outcome: { schema: null, payload: 5 } });
  const written = run(
    `{"id":"w","converter":"${json}","config":{"schemas.enable":"false"},"data":{"schema":null,"payload":5}}`,
  );
  assert.deepEqual(written, { id: "w", outcome: { bytesBase64: "NQ==", utf8: "5" } });
});

for (
  const [name, line] of Object.entries({
    "no JSON": "not json",
    "nothing at all": "",
    "a list": "[1]",
    "neither transforms nor converter": '{"id":"x"}',
    "no record": '{"id":"x","transforms":{}}',
    "a record without a key": '{"id":"x","transforms":{},"record":{"topic":"t"}}',
    "a converter that nobody has": '{"id":"x","converter":"com.example.Nope","config":{},"bytesBase64":null}',
    "bytes that are no base64": `{"id":"x","converter":"${json}","config":{},"bytesBase64":"%%%"}`,
    "transforms that are a list": `{"id":"x","transforms":[],"record":${record}}`,
    "headers that are a number": `{"id":"x","transforms":{},"record":${
      record.replace('"headers":[]', '"headers":[5]')
    }}`,
  })
) {
  Deno.test(`a line with ${name} is an outcome, not a crash`, () => {
    const { outcome } = run(line);
    assert.ok("error" in outcome || "configError" in outcome, JSON.stringify(outcome));
    assert.match(String(outcome["class"]), /^(java|org)\./);
  });
}

Deno.test("a line that is no JSON is told as the line's fault, with the place and none of its text", () => {
  const { outcome } = run('{"id":"x", s3cret');
  assert.deepEqual(outcome, {
    error: "Cannot read the line as JSON: expected a name in double quotes (character 12)",
    class: "org.apache.kafka.connect.errors.ConnectException",
  });
});
