/** Java's date patterns in UTC with English names. (`java.text.SimpleDateFormat`) @module */

import { JvmException } from "../api/exceptions.ts";
import { utcPartsOf } from "./date.ts";
import { formatField, type PatternElement } from "./simple_date_fields.ts";
import { parseElements } from "./simple_date_parser.ts";

const letters = "GyMdkHmsSEDFwWahKzZYuXL";
const isoZoneLettersMax = 3;

/**
 * A date pattern. Parsing is as lenient as Java's: fields beyond their range roll over, text after the pattern is
 * ignored, blanks before fields are skipped, and names match in any case.
 *
 * @example
 * ```ts
 * import { SimpleDateFormat } from "./simple_date_format.ts";
 * const format = new SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSSX");
 * if (format.format(1700000000123n) !== "2023-11-14T22:13:20.123Z") throw new Error("UTC is Z");
 * if (format.parse("2023-11-14T19:13:20.123-03") !== 1700000000123n) throw new Error("offsets are read");
 * ```
 */
export class SimpleDateFormat {
  readonly #elements: readonly PatternElement[];

  /** @throws JvmException `java.lang.IllegalArgumentException` for an invalid pattern */
  constructor(readonly pattern: string) {
    this.#elements = compile(pattern);
  }

  /** @param millis since 1970 */
  format(millis: bigint): string {
    const at = utcPartsOf(millis);
    const era = millis < firstYearMillis ? "BC" : "AD";
    return this.#elements.map((element) => {
      return element.letter === null ? element.text : formatField(element, { ...at, era });
    }).join("");
  }

  /** Returns milliseconds since 1970; null if the text doesn't match. */
  parse(text: string): bigint | null {
    return parseElements(this.#elements, text);
  }
}

/** 1 January of the year 1 by the Julian calendar. */
const firstYearMillis = -62135769600000n;

function compile(pattern: string): readonly PatternElement[] {
  const elements: PatternElement[] = [];
  for (let at = 0; at < pattern.length;) {
    const [run = "", letter = ""] = /^([a-zA-Z])\1*/.exec(pattern.slice(at)) ?? [];
    if (letter !== "") {
      elements.push(field(letter, run.length));
      at += run.length;
    } else if (pattern[at] === "'") {
      const quoted = /^'((?:[^']|'')*)'/.exec(pattern.slice(at));
      if (quoted === null) throw illegal("Unterminated quote");
      const [whole, text = ""] = quoted;
      elements.push({ letter: null, text: whole === "''" ? "'" : text.replaceAll("''", "'") });
      at += whole.length;
    } else {
      elements.push({ letter: null, text: pattern[at] ?? "" });
      at++;
    }
  }
  return elements;
}

function field(letter: string, count: number): PatternElement {
  if (!letters.includes(letter)) throw illegal(`Illegal pattern character '${letter}'`);
  if (letter === "X" && count > isoZoneLettersMax) throw illegal(`invalid ISO 8601 format: length=${count}`);
  return { letter, count };
}

function illegal(message: string): JvmException {
  return new JvmException("java.lang.IllegalArgumentException", message, { jvmMessage: true });
}
