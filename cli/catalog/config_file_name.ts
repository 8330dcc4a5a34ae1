import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

export const fileEnd = ".json";

/** Longest unhashed name; file systems allow 255 bytes. */
const plainNameMax = 200;

/** Hex digits of the digest after a longer name. */
const hashCharacters = 32;

/**
 * Returns a connector's file name: without path separators, and unique per connector.
 *
 * @example
 * ```ts
 * import { fileNameOf } from "./config_file_name.ts";
 * if (fileNameOf("people") !== "people.json") throw new Error("most names are plain");
 * if (fileNameOf("../etc/passwd").includes("/")) throw new Error("no name leads anywhere else");
 * ```
 */
export function fileNameOf(name: string): string {
  const plain = encodeURIComponent(name.toWellFormed()).replaceAll(/[.*'()!~]/g, hexOf);
  const isPlain = plain.length <= plainNameMax && name.isWellFormed();
  return `${isPlain ? plain : `${plain.slice(0, plainNameMax)}#${hashOf(name)}`}${fileEnd}`;
}

function hexOf(char: string): string {
  return char === "." ? "." : `%${char.charCodeAt(0).toString(16)}`;
}

/** Hashes UTF-16, because names that UTF-8 can't encode must differ, too. */
function hashOf(name: string): string {
  return createHash("sha256").update(Buffer.from(name, "utf16le")).digest("hex").slice(0, hashCharacters);
}
