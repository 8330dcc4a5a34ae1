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
