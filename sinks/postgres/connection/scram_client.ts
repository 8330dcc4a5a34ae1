/**
 * The client's side of SCRAM-SHA-256, which makes the server prove that it knows the password. (RFC 5802, 7677)
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { saslPrepared } from "./scram_verifier.ts";

interface ScramOptions {
  readonly password: string;
  readonly nonce: string;
  /** GS2 header: `n,,`, `y,,` or `p=tls-server-end-point,,` */
  readonly header: string;
  /** Channel binding data for the last of these: the hash of the server's certificate. */
  readonly binding: Uint8Array;
}

/** Why a login failed. */
export class ScramError extends Error {
  override readonly name = "ScramError";
}

/** Accepted iteration counts: fewer make the password easy to guess, more keep the worker busy. */
const iterations = { min: 4_096, max: 1_000_000 } as const;
const keyBits = 256;

/**
 * One login.
 *
 * @example
 * ```ts
 * import { ScramClient } from "./scram_client.ts";
 * const scram = new ScramClient({ password: "p", nonce: "abc", header: "n,,", binding: new Uint8Array() });
 * if (scram.first() !== "n,,n=,r=abc") throw new Error("the user is in the startup message");
 * ```
 */
export class ScramClient {
  readonly #options: ScramOptions;
  #signature: Buffer | undefined;

  constructor(options: ScramOptions) {
    this.#options = options;
  }

  /** Returns the client's first message. */
  first(): string {
    return `${this.#options.header}${this.#bare}`;
  }

  /**
   * Returns the answer to the server's first message.
   *
   * @throws ScramError if that is malformed, before deriving any key
   */
  async final(serverFirst: string): Promise<string> {
    const { password, nonce, header, binding } = this.#options;
    const found = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,9})$/.exec(serverFirst);
    if (found === null) throw new ScramError("the server's first SCRAM message is malformed");
    const [, theirs = "", salt = "", count = ""] = found;
    if (!theirs.startsWith(nonce) || theirs.length === nonce.length) {
      throw new ScramError("the server's nonce doesn't begin with the client's: it belongs to another login");
    }
    const rounds = Number(count);
    if (rounds < iterations.min || rounds > iterations.max) {
      throw new ScramError(
        `the server asks for ${rounds} iterations, expected ${iterations.min} to ${iterations.max}`,
      );
    }
    const salted = await derive(saslPrepared(password), Buffer.from(salt, "base64"), rounds);
    const bound = Buffer.concat([Buffer.from(header), binding]).toString("base64");
    const withoutProof = `c=${bound},r=${theirs}`;
    const all = `${this.#bare},${serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, "Client Key");
    const stored = createHash("sha256").update(clientKey).digest();
    const proof = hmac(stored, all).map((byte, index) => byte ^ (clientKey[index] ?? 0));
    this.#signature = hmac(hmac(salted, "Server Key"), all);
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** @throws ScramError unless the server has proved that it knows the password's verifier */
  verify(serverFinal: string): void {
    const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})$/.exec(serverFinal)?.[1] ?? "", "base64");
    const expected = this.#signature;
    if (expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected)) {
      return;
    }
    throw new ScramError("the server's signature is wrong: it doesn't know the password");
  }

  get #bare(): string {
    return `n=,r=${this.#options.nonce}`;
  }
}

/** Web Crypto derives on its own thread: a million iterations take some seconds. */
async function derive(password: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<Buffer> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, [
    "deriveBits",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return Buffer.from(await crypto.subtle.deriveBits(how, key, keyBits));
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
