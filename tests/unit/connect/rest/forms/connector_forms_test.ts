import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import {
  readConfigForm,
  readCreateForm,
  readPatchForm,
} from "../../../../../connect/rest/forms/connector_forms.ts";
import type { Json } from "../../../../../connect/rest/forms/json_body.ts";
import { RestError } from "../../../../../connect/rest/rest_error.ts";

function refusal(read: (body: Json) => unknown, body: Json): string {
  try {
    read(body);
  } catch (error) {
    assert.ok(error instanceof RestError && error.status === 400);
    return error.message;
  }
  throw new Error(`${JSON.stringify(body)} was taken`);
}

Deno.test("a body of another form is refused with the member and what is expected, and without its value", () => {
  const config = { "connector.class": "FileStreamSink" };
  const wrong: readonly (readonly [Json, string])[] = [
    [null, "an object is expected"],
    [[], "an object is expected"],
    ["s3cret", "an object is expected"],
    [{}, "config: an object of options is expected"],
    [{ config: "s3cret" }, "config: an object of options is expected"],
    [{ config, name: ["s3cret"] }, "name: text, a number or a boolean is expected"],
    [{ config: { nested: { a: "s3cret" } } }, "config.nested: text, a number or a boolean is expected"],
    [{ config, initial_state: "s3cret" }, "initial_state: RUNNING, PAUSED or STOPPED is expected"],
    [{ config, initial_state: true }, "initial_state: RUNNING, PAUSED or STOPPED is expected"],
    [{ config, foo: "s3cret" }, "only name, config and initial_state are expected"],
  ];
  for (const [body, text] of wrong) {
    assert.equal(refusal(readCreateForm, body), `Cannot read the request: ${text}`);
  }
  assert.equal(refusal(readConfigForm, []), "Cannot read the request: an object of options is expected");
  assert.equal(refusal(readPatchForm, "a"), "Cannot read the request: an object of options is expected");
});

Deno.test("only so many problems of one body are told", () => {
  const config = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`option.${index}`, []]));
  assert.equal(refusal(readConfigForm, config).split("; ").length, 5);
});

Deno.test("null removes in a patch, and is refused in a configuration", () => {
  assert.deepEqual(readPatchForm({ topics: null, "tasks.max": "2" }), { topics: null, "tasks.max": "2" });
  assert.throws(
    () => readConfigForm({ topics: null }),
    (error) => error instanceof ConfigException && /Null value can not be supplied/.test(error.message),
  );
});

Deno.test("a configuration that is larger than any that is meant is refused", () => {
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`option${n}`, "s3cret"]));
  const referring = (count: number) => ({ "sasl.jaas.config": "${env:NAME}".repeat(count) });
  assert.equal(Object.keys(readConfigForm(many(2_000))).length, 2_000);
  readCreateForm({ name: "a", config: referring(1_000) });
  const listing = (count: number) => ({
    "transforms.a.spec": "f:int8,".repeat(count / 2 - 1) + "f:int8",
    "topics": "t,".repeat(count / 2 - 1) + "t",
  });
  readConfigForm(listing(20_000));
  for (const read of [readConfigForm, (config: Json) => readCreateForm({ name: "a", config })]) {
    assert.match(refusal(read, many(2_001)), /has 2001 options, expected at most 2000$/);
    assert.match(refusal(read, listing(20_002)), /has 20002 entries in lists, expected at most 20000$/);
    assert.match(refusal(read, referring(1_001)), /has 1001 references, expected at most 1000$/);
  }
});
