/** Characters and character classes of Java's patterns. @module */

import {
  type CaseMode,
  type ClassReader,
  escapeClass,
  propertyClass,
  readCharacterEscape,
} from "./regex_escapes.ts";
import type { RegexNode } from "./regex_node.ts";

/** Returns the node of one literal character. */
export function literal(char: string, mode: CaseMode): RegexNode {
  if (mode === "unicode") return { kind: "set", text: `(?i:${escaped(char)})` };
  if (mode === "ascii" && /^[a-zA-Z]$/.test(char)) {
    return { kind: "set", text: `[${char.toLowerCase()}${char.toUpperCase()}]` };
  }
  return { kind: "char", code: char.codePointAt(0) ?? 0 };
}

/** Reads a class after its opening bracket. */
export function readClass(reader: ClassReader): string {
  const text = nestedClass(reader);
  return reader.caseMode === "exact" ? text : `(?i:${text})`;
}

function nestedClass(reader: ClassReader): string {
  const negation = reader.takeIf("^") ? "^" : "";
  const sides: string[] = [];
  let side = "";
  for (;;) {
    if (reader.peek() === "") reader.fail("Unclosed character class", reader.pattern.length - 1);
    if (reader.peek() === "]" && (side !== "" || sides.length > 0)) break;
    if (reader.takeIf("&&")) {
      if (side !== "") sides.push(side);
      side = "";
    } else {
      side += member(reader);
    }
  }
  reader.take();
  if (side !== "") sides.push(side);
  const [only] = sides;
  if (sides.length === 1) return `[${negation}${only}]`;
  return `[${negation}${sides.map((text) => `[${text}]`).join("&&")}]`;
}

function member(reader: ClassReader): string {
  if (reader.takeIf("[")) return nestedClass(reader);
  if (reader.takeIf("\\Q")) return quotedMembers(reader);
  if (reader.peek() === "\\") {
    reader.take();
    const property = propertyClass(reader) ?? escapeClass(reader);
    if (property !== undefined) return property;
    return range(reader, readCharacterEscape(reader));
  }
  return range(reader, reader.take());
}

function range(reader: ClassReader, low: string): string {
  const next = reader.peek(1);
  if (reader.peek() !== "-" || next === "" || next === "]" || next === "[") return escaped(low);
  reader.take();
  const high = reader.takeIf("\\") ? readCharacterEscape(reader) : reader.take();
  if ((high.codePointAt(0) ?? 0) < (low.codePointAt(0) ?? 0)) {
    reader.fail("Illegal character range", reader.position - 1);
  }
  return `${escaped(low)}-${escaped(high)}`;
}

function quotedMembers(reader: ClassReader): string {
  let text = "";
  while (!reader.takeIf("\\E")) {
    if (reader.peek() === "") reader.fail("Unclosed character class", reader.pattern.length - 1);
    text += escaped(reader.take());
  }
  return text;
}

function escaped(char: string): string {
  return /^[a-zA-Z0-9]$/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
