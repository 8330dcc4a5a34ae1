/** SCRAM verifiers, which PostgreSQL stores instead of passwords. @module */

import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const iterations = 4096;
const saltBytes = 16;
const keyBytes = 32;

/**
 * Returns a SCRAM-SHA-256 verifier in PostgreSQL's form. With it a role can be created without sending its password.
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
  const salted = pbkdf2Sync(saslPrepared(password), salt, iterations, keyBytes, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}

const blanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
const dropped = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
const prohibited = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}\u2028\u2029\ufff9-\ufffd]/u;

/** Prepares a password as PostgreSQL does: by SASLprep, or unchanged if SASLprep refuses it. (RFC 4013) */
export function saslPrepared(password: string): string {
  const prepared = password.replaceAll(dropped, "").replaceAll(blanks, " ").normalize("NFKC");
  return prepared === "" || prohibited.test(prepared) ? password : prepared;
}
