/** Reads and checks certificates and private keys in PEM (RFC 7468) before a connection is tried. @module */

import { createPrivateKey, X509Certificate } from "node:crypto";

/** Says why PEM can't be used; the text holds nothing of a key. */
export class PemError extends Error {
  override readonly name = "PemError";
}

interface Block {
  readonly label: string;
  readonly text: string;
}

const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;
const lineLength = 64;

/**
 * Returns all certificates of a text, in order.
 *
 * @throws PemError if there is none, or one that can't be read
 *
 * @example
 * ```ts
 * import { certificatesOf, PemError } from "./pem.ts";
 * try {
 *   certificatesOf("a Java key store");
 *   throw new Error("that is no PEM");
 * } catch (error) {
 *   if (!(error instanceof PemError)) throw error;
 * }
 * ```
 */
export function certificatesOf(text: string): readonly string[] {
  const certificates = blocksOf(text).filter(({ label }) => label.endsWith("CERTIFICATE"));
  if (certificates.length === 0) throw new PemError(`no certificate in PEM found${hintFor(text)}`);
  for (const [index, { text: certificate }] of certificates.entries()) {
    // The runtime skips certificates that it can't read, and prints that to standard error only.
    try {
      new X509Certificate(certificate);
    } catch {
      throw new PemError(`certificate ${index + 1} of ${certificates.length} can't be read`);
    }
  }
  return certificates.map(({ text: certificate }) => certificate);
}

/**
 * Returns the private key of a text as unencrypted PKCS #8, which the runtime accepts.
 *
 * @param passphrase for an encrypted key, else null
 * @throws PemError if there is none, or the passphrase doesn't decrypt it
 *
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { privateKeyOf } from "./pem.ts";
 * const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
 * const text = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
 * if (privateKeyOf(text.replaceAll("\n", " "), null) !== text) throw new Error("spaces do for line ends");
 * ```
 */
export function privateKeyOf(text: string, passphrase: string | null): string {
  const key = blocksOf(text).find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (key === undefined) throw new PemError(`no private key in PEM found${hintFor(text)}`);
  const isEncrypted = key.label.startsWith("ENCRYPTED") || key.text.includes("ENCRYPTED");
  if (isEncrypted && passphrase === null) {
    throw new PemError("the private key is encrypted and has no password");
  }
  try {
    const options = {
      key: key.text,
      format: "pem",
      ...(isEncrypted ? { passphrase: passphrase ?? "" } : {}),
    };
    const opened = createPrivateKey(options as Parameters<typeof createPrivateKey>[0]);
    return opened.export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    throw new PemError(
      isEncrypted ? "its password doesn't decrypt the private key" : "the private key can't be read",
    );
  }
}

/** Throws PemError unless the key belongs to the first certificate. */
export function requireKeyOf(certificate: string, key: string): void {
  if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return;
  throw new PemError("the private key isn't that of the first certificate");
}

/** A properties file has a PEM on one line: turns its white space into line breaks again. */
function blocksOf(text: string): readonly Block[] {
  return Array.from(text.matchAll(blockPattern), ([whole, label = "", body = ""]) => {
    // The older form has headers (RFC 1421), whose lines matter.
    if (body.includes(":")) return { label, text: `${whole}\n` };
    const lines = body.replaceAll(/\s/g, "").match(new RegExp(`.{1,${lineLength}}`, "g")) ?? [];
    return { label, text: [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n") };
  });
}

const javaKeyStoreMagic = "\u{fffd}\u{fffd}\u{fffd}\u{fffd}";

/** Explains content that isn't PEM, such as a binary key store. */
function hintFor(text: string): string {
  if (text.trim() === "") return ", it's empty";
  return text.startsWith(javaKeyStoreMagic) || text.includes("\u{0}")
    ? ", it's a binary key store (JKS or PKCS #12): export it to PEM"
    : "";
}
