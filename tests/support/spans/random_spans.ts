/** Random spans of all kinds, mostly near what columns take. @module */

import fc from "fast-check";
import { SpanKind } from "../../../connect/api/spans.ts";
import {
  byteSpan,
  doubleSpan,
  instantSpan,
  numberSpan,
  type SampleSpan,
  textSpan,
  wordSpan,
} from "./span_columns.ts";

const digit = fc.constantFrom(..."0123456789");
const digits = (minLength: number, maxLength: number) => fc.string({ unit: digit, minLength, maxLength });
const zeroOr = (others: fc.Arbitrary<string>) => fc.oneof(fc.constant("0"), others);
const whole = zeroOr(digits(1, 20)).map((text) => text.replace(/^0+(?=\d)/, ""));
const sign = fc.constantFrom("", "", "-");
const exponent = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), digits(1, 3)).map((parts) =>
    parts.join("")
  ),
);
const fraction = fc.oneof(
  { weight: 3, arbitrary: digits(1, 20) },
  fc.tuple(fc.constantFrom("0", "00", "000000", "0000000"), digits(0, 5)).map((parts) => parts.join("")),
  digits(1, 3).map((text) => `${text}000`),
).filter((text) => text !== "");
const jsonNumber = fc.oneof(
  fc.tuple(sign, whole, fraction, exponent).map(([minus, before, after, rest]) =>
    `${minus}${before}.${after}${rest}`
  ),
  fc.tuple(sign, whole, exponent).map(([minus, before, rest]) =>
    `${minus}${before}${rest === "" ? "e0" : rest}`
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) =>
    /[.e]/.test(`${value}`) ? `${value}` : `${value}.0`
  ),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.tuple(sign, digits(1, 17), fc.integer({ min: 17, max: 26 }), fc.boolean())
    .map(([minus, all, power, isLarge]) => `${minus}${BigInt(all)}e${isLarge ? power : -power}`),
).map((text) => numberSpan(text));
/** An odd number of 25 bits, which is between two floats, with zeros or almost zeros behind it. */
const middleOfFloats = fc.tuple(
  fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }),
  fc.nat(38),
  fc.integer({ min: -1, max: 1 }),
)
  .map(([half, zeros, away]) => ((BigInt(half) * 2n + 1n) << BigInt(zeros)) + BigInt(away));
const int64 = fc.oneof(
  middleOfFloats,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer().map(BigInt),
  fc.tuple(fc.constantFrom(15n, 16n, 31n, 32n, 53n, 62n, 63n), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, away, isNegative]) =>
      BigInt.asIntN(64, (isNegative ? -1n : 1n) * 2n ** power + BigInt(away))
    ),
);
const jsonInteger = int64.map((value) => {
  const text = String(value);
  return numberSpan(text.replace("-", "").length > 18 ? text.slice(0, 18) : text);
});

const two = digits(2, 2);
const day = fc.oneof(
  fc.tuple(digits(4, 6), two, two).map((parts) => parts.join("-")),
  fc.tuple(
    fc.integer({ min: 1, max: 300_000 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 31 }),
  )
    .map(([year, ...rest]) =>
      [String(year).padStart(4, "0"), ...rest.map((part) => String(part).padStart(2, "0"))].join("-")
    ),
);
const clock = fc.tuple(
  fc.integer({ min: 0, max: 26 }),
  fc.integer({ min: 0, max: 61 }),
  fc.integer({ min: 0, max: 61 }),
  fc.oneof(fc.constant(""), digits(0, 8).map((text) => `.${text}`)),
).map(([hour, minute, second, rest]) =>
  [hour, minute, second].map((part) => String(part).padStart(2, "0")).join(":") + rest
);
const zone = fc.constantFrom(
  "",
  "Z",
  "Z",
  "+00:00",
  "-03:00",
  "+05:30",
  "-15:59",
  "+16:00",
  "-03",
  "+0530",
  " Z",
  "z",
);
const timeLike = fc.oneof(
  day,
  clock,
  fc.tuple(clock, zone).map((parts) => parts.join("")),
  fc.tuple(day, fc.constantFrom("T", " ", "t"), clock, zone).map((parts) => parts.join("")),
);
const hex = fc.constantFrom(..."0123456789abcdefABCDEF");
const uuidLike = fc.tuple(fc.string({ unit: hex, minLength: 32, maxLength: 32 }), fc.boolean()).map((
  [all, isPlain],
) => isPlain ? all.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") : all);
const character = fc.constantFrom(
  "a",
  "B",
  "é",
  "😀",
  " ",
  '"',
  "\\",
  ",",
  "{",
  "NULL",
  "\0",
  "\u{feff}",
  "'",
);
const anyText = fc.oneof(
  fc.string({ unit: character, maxLength: 7 }),
  fc.string({ unit: "binary", maxLength: 40 }).filter((text) => text.isWellFormed()),
  timeLike,
  uuidLike,
  fc.tuple(sign, whole, fc.oneof(fc.constant(""), fraction.map((text) => `.${text}`))).map((parts) =>
    parts.join("")
  ),
);
/** The same text with one character changed, left out or put in. */
const damaged = fc.tuple(anyText, fc.nat(30), character, fc.nat(1)).map(([text, at, other, cut]) =>
  text.slice(0, at) + other + text.slice(at + cut)
).filter((text) => text.isWellFormed());
const micros = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(10n ** 15n), max: 4n * 10n ** 15n }),
  fc.integer({ min: -(10 ** 9), max: 2 * 10 ** 9 }).map((second) => BigInt(second) * 1_000_000n),
  fc.constantFrom(-62_135_596_800_000_000n, -62_135_596_800_000_001n, 8_640_000_000_000_000_000n),
);
export const anySpan: fc.Arbitrary<SampleSpan> = fc.oneof(
  fc.constantFrom(
    wordSpan(SpanKind.null, 0n, null),
    wordSpan(SpanKind.true, 0n, true),
    wordSpan(SpanKind.false, 0n, false),
  ),
  { weight: 3, arbitrary: jsonInteger },
  { weight: 5, arbitrary: jsonNumber },
  { weight: 6, arbitrary: anyText.map((text) => textSpan(SpanKind.text, text, text)) },
  { weight: 2, arbitrary: damaged.map((text) => textSpan(SpanKind.text, text, text)) },
  fc.uint8Array({ maxLength: 40 }).map((bytes) => byteSpan(SpanKind.bytes, bytes, bytes)),
  { weight: 2, arbitrary: int64.map((value) => wordSpan(SpanKind.int64, value, value)) },
  { weight: 2, arbitrary: fc.oneof(fc.double(), fc.float()).map((value) => doubleSpan(value)) },
  { weight: 2, arbitrary: micros.map((value) => instantSpan(value)) },
);
