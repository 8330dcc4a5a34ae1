import { JvmException } from "../api/exceptions.ts";

/** Longer patterns of nested groups would overflow the stack. */
const patternCharactersMax = 4_096;

/**
 * Returns the exception of a refused pattern, in Java's words if Java refuses it too.
 * (`java.util.regex.PatternSyntaxException`)
 */
export function syntaxError(message: string, cause?: SyntaxError): JvmException {
  return new JvmException("java.util.regex.PatternSyntaxException", message, { jvmMessage: true, cause });
}

/** Reads a pattern character by character. */
export class PatternReader {
  /** The next position to read. */
  position = 0;

  /** @throws JvmException if the pattern is too long */
  constructor(readonly pattern: string) {
    if (pattern.length <= patternCharactersMax) return;
    throw syntaxError(`Pattern has more than ${patternCharactersMax} characters`);
  }

  /** Returns the next character, or one after it; empty at the end. */
  peek(offset = 0): string {
    const code = this.pattern.codePointAt(this.position + offset);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

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

  /** @throws JvmException that names the position */
  fail(description: string, index = this.position): never {
    const near = ` near index ${index}\n${this.pattern}`;
    const caret = index < this.pattern.length ? `\n${" ".repeat(Math.max(0, index))}^` : "";
    throw syntaxError(description + near + caret);
  }
}
