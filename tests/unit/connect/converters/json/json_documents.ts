/** JSON documents, well-formed and broken, for readers that must agree with the full one. @module */

import fc from "fast-check";
import type { FieldPaths } from "../../../../../connect/api/plugins.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";

const encoder = new TextEncoder();

/** The oracle: what is left of a value that was read in full. */
export function forget(value: ConnectValue, fields: FieldPaths): ConnectValue {
  const isMap = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!isMap || fields.some(({ length }) => length === 0)) return value;
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const within = fields.filter(([first]) => first === name).map((path) => path.slice(1));
    return within.length === 0 ? [] : [[name, forget(inner as ConnectValue, within)] as const];
  });
  return Object.fromEntries(kept);
}

const numbers = fc.constantFrom(
  ..."0 -0 00 007 -01 1.0 5.00 0.1 -0.0 -0e2 1e2 1E+2 1e-400 -1e-400 -12.5e-7 -0.00e7 1e400 1e99999999999 1. .5 - + 12a 0x1 NaN 9007199254740993"
    .split(" "),
  "123456789012345",
  "1234567890123456",
  "999999999999999999",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "12345678901234567890",
  "0.12345678901234567890123",
  "1".repeat(400),
  "-",
).map(String);
const strings = fc.constantFrom(
  '""',
  '"x"',
  '"é"',
  '"\\u00e9"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\\udc00x"',
  '"\\n\\t\\"\\\\\\/"',
  '"\\x"',
  '"\\u12"',
  '"\ufeffx"',
  '"\u{10ffff}"',
  '"\x7f"',
  '"\x01"',
  '"\ud7ff\ue000"',
  '"open',
);
const names = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "é", "c", "d", "id", "w", "x", "z", "1", "__proto__", "toString"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\\u0061", "\\ud800", "\\u0063", "e\u0301", "", "\ufeff", "a\\", "\\n"),
  },
);
/** Texts of numbers, strings and words, well-formed or nearly. */
export const scalars: fc.Arbitrary<string> = fc.oneof(
  numbers,
  strings,
  fc.constantFrom("true", "false", "null"),
);
const blanks = fc.constantFrom("", "", "", " ", "\t", "\r\n", "  ", "\u00a0", "\v");
const tokens = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom("true", "false", "null", "True", "nul", "nullx"),
    numbers,
    strings,
    fc.tuple(blanks, fc.array(tie("value"), { maxLength: 3 })).map(([gap, items]) =>
      `[${gap}${items.join(`,${gap}`)}]`
    ),
    fc.tuple(blanks, fc.array(fc.tuple(names, tie("value")), { maxLength: 5 }))
      .map(([gap, members]) =>
        `{${gap}${members.map(([n, v]) => `"${n}"${gap}:${gap}${v}`).join(`${gap},`)}${gap}}`
      ),
  ),
})).value;
/** An object as text, with names as in {@link names}, well-formed or nearly. */
export const document = fc.tuple(
  blanks,
  fc.array(fc.tuple(names, tokens), { maxLength: 6 }),
  fc.constantFrom("", "", "", "", " ", "\n", "x", "{}", "\0", ","),
).map(([gap, members, tail]) => `${gap}{${members.map(([n, v]) => `"${n}":${gap}${v}`).join(",")}}${tail}`);

interface Mutation {
  readonly kind: "set" | "drop" | "insert" | "cut" | "repeat";
  readonly at: number;
  readonly byte: number;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("set", "drop", "insert", "cut", "repeat"),
  at: fc.nat({ max: 400 }),
  byte: fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(...encoder.encode('{}[]",:\\0-.eu'), 0, 0xef, 0xbb, 0xbf, 0xed),
  ),
});

function mutate(bytes: Uint8Array, { kind, at: place, byte }: Mutation): Uint8Array {
  const list = [...bytes];
  const at = place % Math.max(list.length, 1);
  if (kind === "set") list[at] = byte;
  else if (kind === "drop") list.splice(at, 1);
  else if (kind === "insert") list.splice(at, 0, byte);
  else if (kind === "cut") list.length = at;
  else list.splice(at, 0, ...list.slice(at, at + 1 + byte % 8));
  return Uint8Array.from(list);
}

/** Bytes of a document with up to three changes. */
export const brokenDocument: fc.Arbitrary<Uint8Array> = fc.tuple(
  document,
  fc.array(mutation, { minLength: 1, maxLength: 3 }),
).map(([text, mutations]) => mutations.reduce(mutate, encoder.encode(text)));
