/** In which file a connector is kept. @module */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** End of all their names. */
export const fileEnd = ".json";

/** Longest part of a name that is its file's name as it is; file systems take 255 bytes. */
const plainNameMax = 200;

/** So many of a digest's hex digits follow a name that is cut off. */
const hashCharacters = 32;

/**
 * The file of a connector: whatever its name, it's a plain one, and two connectors never share it.
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

/** Of its UTF-16: names that are no text for UTF-8 have to differ too. */
function hashOf(name: string): string {
  return createHash("sha256").update(Buffer.from(name, "utf16le")).digest("hex").slice(0, hashCharacters);
}
