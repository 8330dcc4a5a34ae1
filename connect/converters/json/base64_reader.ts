/** Reads base64 like Jackson. (`Base64Variants.MIME_NO_LINEFEEDS`) @module */

import { JvmException } from "../../api/exceptions.ts";

const usual = /^[A-Za-z0-9+/]*={0,2}$/;
/** Four characters, perhaps with padding. Blanks may precede such a unit but not divide it. */
// deno-lint-ignore no-control-regex
const unit = /[\u0000-\u0020]*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)/gy;
// deno-lint-ignore no-control-regex
const notBlank = /[^\u0000-\u0020]/;

/**
 * Returns the bytes of a base64 text.
 *
 * Unlike `Uint8Array.fromBase64` it requires padding, accepts several padded pieces in a row, and allows
 * blanks only between units of four characters. Both ignore the bits left over by padding.
 *
 * @throws JvmException InvalidFormatException, like Jackson
 * @example
 * ```ts
 * import { readBase64 } from "./base64_reader.ts";
 * if (readBase64(" AAEC AA== ").join() !== "0,1,2,0") throw new Error("blanks between units are skipped");
 * ```
 */
export function readBase64(text: string): Uint8Array {
  if (text.length % 4 === 0 && usual.test(text)) return Uint8Array.fromBase64(text);
  const pieces: Uint8Array[] = [];
  let end = 0;
  for (const found of text.matchAll(unit)) {
    pieces.push(Uint8Array.fromBase64(found[1] ?? ""));
    end = found.index + found[0].length;
  }
  if (notBlank.test(text.slice(end))) throw brokenAt(end);
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function brokenAt(index: number): JvmException {
  return new JvmException(
    "com.fasterxml.jackson.databind.exc.InvalidFormatException",
    `Broken base64 from character ${index + 1} on`,
    { jvmMessage: true },
  );
}
