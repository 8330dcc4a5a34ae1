import assert from "node:assert/strict";
import { parseProperties, settingsFromVariables } from "../../../../connect/config/properties_file.ts";

Deno.test("properties files are read as Java reads them", () => {
  const text =
    "\uFEFF# comment\n! comment\na=1\nb : two words \nc three\nd\\:e=\\u0041\\n\nempty=\nlong=x,\\\n   y\n";
  assert.deepEqual({ ...parseProperties(text) }, {
    a: "1",
    b: "two words ",
    c: "three",
    "d:e": "A\n",
    empty: "",
    long: "x,y",
  });
});

Deno.test("dots in keys make no trees", () => {
  assert.equal(parseProperties("a=1\na.b=2")["a.b"], "2");
});

Deno.test("variables become settings: a dot, an underscore, a dash", () => {
  const settings = settingsFromVariables({
    CONNECT_OFFSET_FLUSH_INTERVAL_MS: "5000",
    CONNECT_CONSUMER_A__B: "underscore",
    CONNECT_CONSUMER_A___B: "dash",
    CONNECTION: "no",
    PATH: "/usr/bin",
  });
  assert.deepEqual(settings, {
    "offset.flush.interval.ms": "5000",
    "consumer.a_b": "underscore",
    "consumer.a-b": "dash",
  });
});
