/** What PostgreSQL keeps instead of a password. @module */

import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const iterations = 4096;
const saltBytes = 16;
const keyBytes = 32;

/**
 * A SCRAM-SHA-256 verifier, in PostgreSQL's form: with it a role can be made without its password ever being sent.
 * (RFC 5802, RFC 7677)
 *
 * @param salt random unless given
 *
 * @example
 * ```ts
 * import { scramVerifier } from "./scram_verifier.ts";
 * if (!scramVerifier("a password").startsWith("SCRAM-SHA-256$4096:")) throw new Error("it says how it was made");
 * ```
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(saltBytes)): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, keyBytes, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}
