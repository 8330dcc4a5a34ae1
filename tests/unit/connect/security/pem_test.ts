import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { certificatesOf, PemError, privateKeyOf, requireKeyOf } from "../../../../connect/security/pem.ts";

const read = (name: string) =>
  Deno.readTextFileSync(fileURLToPath(new URL(`../../../support/tls/${name}`, import.meta.url)));
const refusal = (why: RegExp) => (error: unknown) => error instanceof PemError && why.test(error.message);

Deno.test("certificatesOf() finds all of them, whatever stands around and however they are broken into lines", () => {
  const both = `subject=x\n${read("root.pem")}\nand ${read("foreign.pem").replaceAll("\n", " ")}`;
  assert.deepEqual(certificatesOf(both), [read("root.pem"), read("foreign.pem")]);
});

Deno.test("certificatesOf() refuses what is none, and says what it seems to be", () => {
  assert.throws(() => certificatesOf(""), refusal(/no certificate in PEM found, it's empty/));
  assert.throws(() => certificatesOf(read("client.key")), refusal(/no certificate in PEM found$/));
  const keyStore = new TextDecoder().decode(Uint8Array.from([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]));
  assert.throws(() => certificatesOf(keyStore), refusal(/binary key store/));
  const broken = read("root.pem").replace(/\n.{20}/, "\n");
  assert.throws(
    () => certificatesOf(read("foreign.pem") + broken),
    refusal(/certificate 2 of 2 can't be read/),
  );
});

Deno.test("privateKeyOf() opens encrypted keys by their password alone", () => {
  const opened = privateKeyOf(read("client.key"), null);
  assert.equal(privateKeyOf(read("client.encrypted.key").replaceAll("\n", " "), "key-secret"), opened);
  assert.equal(privateKeyOf(read("client.pem") + read("client.key"), "needless"), opened);
  const encrypted = read("client.encrypted.key");
  assert.throws(
    () => privateKeyOf(encrypted, "key-s3cret"),
    refusal(/^its password doesn't decrypt the private key$/),
  );
  assert.throws(() => privateKeyOf(encrypted, null), refusal(/is encrypted and has no password/));
  assert.throws(() => privateKeyOf(read("client.pem"), null), refusal(/no private key in PEM found/));
});

Deno.test("requireKeyOf() notices a key of another certificate", () => {
  requireKeyOf(read("client.pem"), read("client.key"));
  assert.throws(
    () => requireKeyOf(read("client.pem"), read("server.key")),
    refusal(/isn't that of the first/),
  );
});
