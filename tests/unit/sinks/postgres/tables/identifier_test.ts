import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { quoteIdentifier } from "../../../../../sinks/postgres/tables/identifier.ts";

Deno.test("a name is quoted, whatever is in it", () => {
  assert.equal(quoteIdentifier("contacts"), '"contacts"');
  assert.equal(quoteIdentifier('x"; drop table y; --'), '"x""; drop table y; --"');
  assert.equal(quoteIdentifier("a.b", "Ç\\'"), '"a.b"."Ç\\\'"');
});

Deno.test("a name that PostgreSQL would cut or can't hold is refused, without showing it", () => {
  for (const name of ["", "canary".repeat(11), "é".repeat(32), "canary\0"]) {
    assert.throws(() => quoteIdentifier("schema", name), (error: Error) => {
      assert.ok(error instanceof ConfigException);
      assert.doesNotMatch(error.message, /canary|é/);
      return true;
    });
  }
  assert.equal(quoteIdentifier("é".repeat(31)), `"${"é".repeat(31)}"`);
});
