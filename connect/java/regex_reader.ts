/** Reads a Java pattern character by character. @module */

import { JvmException } from "../api/exceptions.ts";

/** Longest pattern: a longer one of groups in groups would end the stack. */
const patternCharactersMax = 4_096;

/** A pattern that is refused, in Java's words if Java refuses it too. (`java.util.regex.PatternSyntaxException`) */
export function syntaxError(message: string, cause?: SyntaxError): JvmException {
  return new JvmException("java.util.regex.PatternSyntaxException", message, { jvmMessage: true, cause });
}

/** A place in a pattern, which moves on with what is taken. */
export class PatternReader {
  /** What is read next. */
  position = 0;

  /** @throws JvmException for a pattern that is too long */
  constructor(readonly pattern: string) {
    if (pattern.length <= patternCharactersMax) return;
    throw syntaxError(`Pattern has more than ${patternCharactersMax} characters`);
  }

  /** The next character, or one behind it; nothing at the end. */
  peek(offset = 0): string {
    const code = this.pattern.codePointAt(this.position + offset);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  /** Takes the next character. */
  take(): string {
    const char = this.peek();
    this.position += char.length;
    return char;
  }

  /** Takes a text if it comes next. */
  takeIf(text: string): boolean {
    if (!this.pattern.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  /** Takes what a pattern that begins with ^ matches from here on. */
  takeMatch(expected: RegExp): RegExpExecArray | null {
    const found = expected.exec(this.pattern.slice(this.position));
    if (found !== null) this.position += found[0].length;
    return found;
  }

  /** @throws JvmException that says where */
  fail(description: string, index = this.position): never {
    const near = ` near index ${index}\n${this.pattern}`;
    const caret = index < this.pattern.length ? `\n${" ".repeat(Math.max(0, index))}^` : "";
    throw syntaxError(description + near + caret);
  }
}
