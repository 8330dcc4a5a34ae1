import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
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

Deno.test("of() and replace() give the library's HMAC, for secrets and texts of all lengths", () => {
  const bytes = new Uint8Array(400);
  for (let length = 0; length <= 300; length++) {
    // Random letters of one to three bytes; 32 bytes at least.
    const key = lettersOf(32 + length % 140);
    const text = lettersOf(length);
    const hash = new KeyedHash(key, "key.secret");
    const encoded = new TextEncoder().encode(text);
    const expected = hmac(sha256, new TextEncoder().encode(key), encoded);
    assert.deepEqual(hash.of(text), expected);
    const at = length % 7;
    crypto.getRandomValues(bytes);
    bytes.set(encoded.subarray(0, 300), at);
    const [before, after] = [bytes.slice(0, at), bytes.slice(at + 32)];
    hash.replace(bytes, at, Math.min(encoded.length, 300));
    assert.deepEqual(
      bytes.slice(at, at + 32),
      hmac(sha256, new TextEncoder().encode(key), encoded.subarray(0, 300)),
    );
    assert.deepEqual([bytes.slice(0, at), bytes.slice(at + 32)], [before, after]);
  }
});

/** Returns a random text of so many characters. */
function lettersOf(count: number): string {
  const numbers = crypto.getRandomValues(new Uint8Array(count));
  const letters = count % 3 === 0 ? "aZ0 ~:\u0000\u007f" : "aZ0é€ ~:ß界";
  return Array.from(numbers, (number) => letters[number % letters.length]).join("");
}
