/** Escapes of Java's patterns. @module */

/** How letters compare: `ascii` is Java's `(?i)` alone. */
export type CaseMode = "exact" | "ascii" | "unicode";

export interface ClassReader {
  readonly pattern: string;
  readonly position: number;
  readonly caseMode: CaseMode;
  readonly unicodeClasses: boolean;
  peek(offset?: number): string;
  take(): string;
  takeIf(text: string): boolean;
  takeMatch(expected: RegExp): RegExpExecArray | null;
  fail(description: string, index?: number): never;
}

const space = " \\t\\n\\v\\f\\r";
const horizontal = " \\t\\u{a0}\\u{1680}\\u{180e}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{3000}";
export const vertical = "\\n\\v\\f\\r\\u{85}\\u{2028}\\u{2029}";

/** Predefined classes by letter; capitals are their complements. */
const predefined: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "a-zA-Z_0-9",
  s: space,
  h: horizontal,
  v: vertical,
};

/** The same under `(?U)`. */
const unicodePredefined: Readonly<Record<string, string>> = {
  ...predefined,
  d: "\\p{Nd}",
  w: "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}",
  s: "\\p{White_Space}",
};

/** POSIX classes and others that this runtime has under no name. */
const named: Readonly<Record<string, string>> = {
  Lower: "a-z",
  Upper: "A-Z",
  ASCII: "\\0-\\x7f",
  Alpha: "a-zA-Z",
  Digit: "0-9",
  Alnum: "a-zA-Z0-9",
  Punct: "!-\\/\\:-@\\[-`\\{-~",
  Graph: "!-~",
  Print: " -~",
  Blank: " \\t",
  Cntrl: "\\0-\\x1f\\x7f",
  XDigit: "0-9a-fA-F",
  Space: space,
  L1: "\\0-\\u{ff}",
  all: "\\0-\\u{10ffff}",
  LD: "\\p{L}\\p{Nd}",
  javaLowerCase: "\\p{Lowercase}",
  javaUpperCase: "\\p{Uppercase}",
  javaAlphabetic: "\\p{Alphabetic}",
  javaDigit: "\\p{Nd}",
  javaLetter: "\\p{L}",
  javaLetterOrDigit: "\\p{L}\\p{Nd}",
  javaWhitespace:
    " \\t-\\r\\x1c-\\x1f\\u{1680}\\u{2000}-\\u{2006}\\u{2008}-\\u{200a}\\u{2028}\\u{2029}\\u{205f}\\u{3000}",
};

/** Java's own names of binary properties. */
const renamed: Readonly<Record<string, string>> = {
  letter: "L",
  digit: "Nd",
  titlecase: "Lt",
  punctuation: "P",
  control: "Cc",
  hexdigit: "Hex_Digit",
  hex_digit: "Hex_Digit",
  whitespace: "White_Space",
  white_space: "White_Space",
  joincontrol: "Join_Control",
  noncharactercodepoint: "Noncharacter_Code_Point",
  assigned: "Assigned",
  alphabetic: "Alphabetic",
  ideographic: "Ideographic",
  lowercase: "Lowercase",
  uppercase: "Uppercase",
};

const characters: Readonly<Record<string, string>> = {
  t: "\t",
  n: "\n",
  r: "\r",
  f: "\f",
  a: "\x07",
  e: "\x1b",
};

/** Reads `\d`, `\S` and the like after the backslash; returns undefined for anything else. */
export function escapeClass(reader: ClassReader): string | undefined {
  const letter = reader.takeMatch(/^[dDwWsShHvV]/)?.[0];
  if (letter === undefined) return undefined;
  const classes = reader.unicodeClasses ? unicodePredefined : predefined;
  const lower = letter.toLowerCase();
  return `[${letter === lower ? "" : "^"}${classes[lower]}]`;
}

/** Reads `\p{…}`, `\P{…}` and `\pL` after the backslash; returns undefined for anything else. */
export function propertyClass(reader: ClassReader): string | undefined {
  const found = reader.takeMatch(/^([pP])(?:\{([^}]*)\}|([A-Z]))/);
  if (found === null) return undefined;
  const name = found[2] ?? found[3] ?? "";
  const set = (Object.hasOwn(named, name) ? named[name] : undefined) ?? unicodeProperty(name);
  if (set === undefined) return reader.fail(`Unknown character property name {${name}}`, reader.position - 1);
  return `[${found[1] === "P" ? "^" : ""}${set}]`;
}

/** Reads the character that an escape stands for, after the backslash. */
export function readCharacterEscape(reader: ClassReader): string {
  const hex = reader.takeMatch(/^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|x\{([0-9a-fA-F]+)\})/);
  if (hex !== null) return fromCode(reader, Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? "", 16));
  const octal = reader.takeMatch(/^0([0-3]?[0-7]{1,2})/)?.[1];
  if (octal !== undefined) return fromCode(reader, Number.parseInt(octal, 8));
  const control = reader.takeMatch(/^c([^])/)?.[1];
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) ^ 64);
  if (reader.peek() === "") return reader.fail("Unexpected internal error");
  const char = reader.take();
  if (!/^[a-zA-Z0-9]$/.test(char)) return char;
  return characters[char] ?? reader.fail("Illegal/unsupported escape sequence", reader.position - 1);
}

function fromCode(reader: ClassReader, code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : reader.fail("Hexadecimal codepoint is too big");
}

function unicodeProperty(name: string): string | undefined {
  const [, key, value = ""] = /^(?:(script|sc|general_category|gc)=)?(?:Is)?(.*)$/i.exec(name) ?? [];
  const script = `\\p{Script=${value.charAt(0).toUpperCase()}${value.slice(1).toLowerCase()}}`;
  const direct = `\\p{${renamed[value.toLowerCase()] ?? value}}`;
  const candidates = key === undefined ? [direct, script] : /^s/i.test(key) ? [script] : [direct];
  return candidates.find(isSupported);
}

function isSupported(set: string): boolean {
  try {
    new RegExp(set, "v");
    return true;
  } catch {
    // The engine throws for a property that it doesn't have.
    return false;
  }
}
