import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { KeyedHash } from "../../../../connect/api/keyed_hash.ts";

const secret = "a secret of at least thirty-two bytes";
const expected = (text: string) => new Uint8Array(createHmac("sha256", secret).update(text, "utf8").digest());

Deno.test("of() is HMAC-SHA-256, whatever was hashed before and however long it is", () => {
  const hash = new KeyedHash(secret, "key.secret");
  const long = "é".repeat(100);
  for (const text of ["v1:17", "", long, "v1:17", `${long}${long}`, "v1:18", "v1:17"]) {
    assert.deepEqual(hash.of(text), expected(text));
  }
});

Deno.test("a hash that was given out stays as it is", () => {
  const hash = new KeyedHash(secret, "key.secret");
  const first = hash.of("v1:17");
  hash.of("v1:18");
  assert.deepEqual(first, expected("v1:17"));
});

Deno.test("two secrets have two fingerprints, one secret has one", () => {
  const of = (text: string) => new KeyedHash(text, "key.secret").fingerprint;
  assert.equal(of(secret), of(secret));
  assert.notEqual(of(secret), of(`${secret} `));
});
