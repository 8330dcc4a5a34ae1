/** Java's character sets: names, decoding and encoding. (`java.nio.charset.Charset`) @module */

import { JvmException, SerializationException } from "../api/exceptions.ts";

/** Decodes and encodes text. As in Java, unreadable bytes become U+FFFD and unwritable characters `?`. */
export interface Charset {
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

const encoder = new TextEncoder();
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const replacement = 0xfffd;
const questionMark = 0x3f;

/** Java's names of character sets that the Encoding standard calls otherwise or lacks. */
const builtIn: ReadonlyMap<string, () => Charset> = new Map([
  ...["utf-8", "utf8", "unicode-1-1-utf-8"].map((name) => [name, () => utf8] as const),
  ...["iso-8859-1", "iso8859-1", "iso8859_1", "latin1", "l1", "8859_1", "cp819"].map((name) =>
    [name, () => singleByte((byte) => byte)] as const
  ),
  ...["us-ascii", "ascii", "iso646-us", "646", "cp367"].map((name) =>
    [name, () => singleByte((byte) => byte < 0x80 ? byte : replacement)] as const
  ),
  ...["utf-16", "utf_16", "utf16", "unicode"].map((name) => [name, () => utf16(null)] as const),
  ...["utf-16be", "utf_16be", "x-utf-16be"].map((name) => [name, () => utf16("utf-16be")] as const),
  ...["utf-16le", "utf_16le", "x-utf-16le"].map((name) => [name, () => utf16("utf-16le")] as const),
]);
/** Single-byte character sets that are the same in Java and in the Encoding standard. */
const standardSingleByte = /^(windows-125[0-8]|iso-8859-([2-8]|10|13|14|15|16)|koi8-[ru]|ibm866|macintosh)$/;

/**
 * Returns the character set of a name, ignoring case.
 *
 * Apart from Unicode, ASCII and Latin-1, only single-byte sets are supported: the Encoding standard reads the
 * others but can't write them.
 *
 * @throws SerializationException for an unknown name, like Kafka's serializers
 * @example
 * ```ts
 * import { charsetOf } from "./charsets.ts";
 * const latin1 = charsetOf("ISO-8859-1");
 * if (latin1.decode(new Uint8Array([0xe7])) !== "ç") throw new Error("0xe7 is ç");
 * if (latin1.encode("ç€").join() !== "231,63") throw new Error("Latin-1 has no euro sign");
 * ```
 */
export function charsetOf(name: string): Charset {
  const lower = name.toLowerCase();
  const known = builtIn.get(lower);
  if (known !== undefined) return known();
  if (standardSingleByte.test(lower)) return singleByte(tableOf(lower));
  const cause = new JvmException(
    "java.nio.charset.UnsupportedCharsetException",
    `Unknown character set ${name}`,
    {
      jvmMessage: true,
    },
  );
  throw new SerializationException(`Unsupported encoding ${name}`, { cause });
}

/** Decodes like `new String(bytes, UTF_8)`: a BOM stays, an encoded surrogate is one U+FFFD, not three. */
export function decodeJavaUtf8(bytes: Uint8Array): string {
  const text = utf8Decoder.decode(bytes);
  return text.includes("\ufffd") ? utf8Decoder.decode(withoutSurrogates(bytes)) : text;
}

/** Encodes UTF-8 like `String.getBytes(UTF_8)`: half a surrogate pair becomes `?`. */
export function encodeJavaUtf8(text: string): Uint8Array {
  return encoder.encode(text.isWellFormed() ? text : text.replace(loneSurrogate, "?"));
}

const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** UTF-8, by each of its names. */
export const utf8: Charset = { decode: decodeJavaUtf8, encode: encodeJavaUtf8 };

/** Replaces every encoded surrogate with one unreadable byte. */
function withoutSurrogates(bytes: Uint8Array): Uint8Array {
  const cleaned: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const isSurrogate = bytes[at] === 0xed && ((bytes[at + 1] ?? 0) & 0xe0) === 0xa0;
    cleaned.push(isSurrogate ? 0xff : bytes[at] ?? 0);
    if (isSurrogate) at += ((bytes[at + 2] ?? 0) & 0xc0) === 0x80 ? 2 : 1;
  }
  return Uint8Array.from(cleaned);
}

function singleByte(codeOf: (byte: number) => number): Charset {
  const codes = Array.from({ length: 256 }, (_, byte) => codeOf(byte));
  const bytes = new Map(
    codes.map((code, byte) => [code, byte] as const).filter(([code]) => code !== replacement),
  );
  return {
    decode: (input) => Array.from(input, (byte) => String.fromCharCode(codes[byte] ?? replacement)).join(""),
    encode: (text) =>
      Uint8Array.from(Array.from(text, (char) => bytes.get(char.codePointAt(0) ?? 0) ?? questionMark)),
  };
}

/** Browsers map bytes that Windows leaves unassigned to control characters; Java leaves them unassigned. */
function tableOf(label: string): (byte: number) => number {
  const decoder = new TextDecoder(label);
  return (byte) => {
    const code = decoder.decode(new Uint8Array([byte])).charCodeAt(0);
    return label.startsWith("windows") && code >= 0x80 && code < 0xa0 ? replacement : code;
  };
}

/** @param order null writes a BOM, and reads one or else big-endian */
function utf16(order: "utf-16be" | "utf-16le" | null): Charset {
  return {
    decode(bytes) {
      const marked = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-16be";
      return new TextDecoder(order ?? marked, { ignoreBOM: order !== null }).decode(bytes);
    },
    encode(text) {
      const units = (order === null && text !== "" ? "\ufeff" : "") + text.replace(loneSurrogate, "\ufffd");
      const bytes = new DataView(new ArrayBuffer(units.length * 2));
      for (let at = 0; at < units.length; at++) {
        bytes.setUint16(at * 2, units.charCodeAt(at), order === "utf-16le");
      }
      return new Uint8Array(bytes.buffer);
    },
  };
}
