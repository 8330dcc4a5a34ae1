/** Base64 as Jackson reads it. (`Base64Variants.MIME_NO_LINEFEEDS`) @module */

import { JvmException } from "../../api/exceptions.ts";

const usual = /^[A-Za-z0-9+/]*={0,2}$/;
/** Four characters, two or three of them with padding; blanks may stand before such a unit, never inside. */
// deno-lint-ignore no-control-regex
const unit = /[\u0000-\u0020]*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)/gy;
// deno-lint-ignore no-control-regex
const notBlank = /[^\u0000-\u0020]/;

/**
 * The bytes of a base64 text.
 *
 * Differs from `Uint8Array.fromBase64`: padding is required, padded pieces may follow each other, and blanks
 * stand only between units of four characters. The bits that padding leaves over may be anything in both.
 *
 * @throws JvmException InvalidFormatException, as Jackson does
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
