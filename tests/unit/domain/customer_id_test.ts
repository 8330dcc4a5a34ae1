import assert from "node:assert/strict";
import { readCustomerId } from "../../../domain/customer_id.ts";

const read = (value: unknown) => {
  const result = readCustomerId(value);
  return result.ok ? `ok: ${result.value}` : result.rule;
};

Deno.test("an integer within int64 is its decimal text", () => {
  assert.equal(read(17n), "ok: 17");
  assert.equal(read(-3n), "ok: -3");
  assert.equal(read(2n ** 63n - 1n), "ok: 9223372036854775807");
  assert.equal(read(-(2n ** 63n)), "ok: -9223372036854775808");
});

Deno.test("a text is taken as it is", () => {
  for (const id of ["17", "017", " 17", "a-b", "é", "null"]) assert.equal(read(id), `ok: ${id}`);
});

Deno.test("absent, null and the empty text are missing", () => {
  for (const value of [undefined, null, ""]) assert.equal(read(value), "id_missing");
});

Deno.test("what could be one of many ids is none", () => {
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 1e300, 17.5, 17, true, {}, [17n], "\ud800"]) {
    assert.equal(read(value), "id_invalid");
  }
});

const readInteger = (value: unknown) => {
  const result = readCustomerId(value, "integer");
  return result.ok ? `ok: ${result.value}` : result.rule;
};

Deno.test("in the form integer an id is a canonical decimal within int64, whichever way it is written", () => {
  for (const id of ["0", "12", "-3", "9223372036854775807", "-9223372036854775808"]) {
    assert.equal(readInteger(id), `ok: ${id}`);
    assert.equal(readInteger(BigInt(id)), `ok: ${id}`);
  }
});

const spellings = {
  "a blank in front": " 12",
  "a blank behind": "12 ",
  "a tab": "\t12",
  "a line's end": "12\n",
  "a no-break space": "\u00a012",
  "a zero in front": "012",
  "many zeros": "00",
  "a fraction of zero": "12.0",
  "a point alone": "12.",
  "an exponent": "1e1",
  "a plus sign": "+12",
  "a minus sign before zero": "-0",
  "a minus sign alone": "-",
  "zeros behind a minus sign": "-012",
  "quotes": '"12"',
  "full-width digits": "\uff11\uff12",
  "digits of another script": "\u0661\u0662",
  "hexadecimal digits": "0xc",
  "a separator": "1_2",
  "a code": "C-12",
  "one beyond int64": "9223372036854775808",
  "one below int64": "-9223372036854775809",
  "far beyond int64": "1" + "0".repeat(100_000),
};

for (const [what, id] of Object.entries(spellings)) {
  Deno.test(`${what}: an id of its own as text, and refused in the form integer`, () => {
    assert.equal(read(id), `ok: ${id}`);
    assert.equal(readInteger(id), "id_invalid");
  });
}

Deno.test("what is missing or no id in the form text is so in the form integer", () => {
  for (const value of [undefined, null, ""]) assert.equal(readInteger(value), "id_missing");
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 12.0, 1e300, 12.5, -0, true, {}, "\ud800"]) {
    assert.equal(readInteger(value), "id_invalid");
  }
});
