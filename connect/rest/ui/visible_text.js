/**
 * Text from outside as a terminal or a page may show it. Plain JavaScript, since the browser loads it too.
 *
 * @module
 */

/**
 * Control characters, line separators, format characters (directions, zero widths, tags) and halves of characters. The
 * joiners U+200C and U+200D stay, since Persian, Hindi and emoji are spelled with them, and so do the number signs of
 * Arabic and others, which can be seen.
 */
const unseen =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]--[\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/gv;
const seen = /^[ -~]*$/;
const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The text with escapes, as JSON writes them, for what a terminal obeys or no one sees. JSON stays JSON of the same value,
 * and what this returns isn't changed by a second call.
 *
 * @example
 * ```ts
 * import { visibleText } from "./visible_text.js";
 * if (visibleText("a\u001b[2J\u202eb") !== "a\\u001b[2J\\u202eb") throw new Error("shown, not obeyed");
 * if (visibleText("Zoë \u05d3\u05d5\u05d3") !== "Zoë \u05d3\u05d5\u05d3") throw new Error("letters are letters");
 * ```
 *
 * @param {string} text
 * @returns {string}
 */
export function visibleText(text) {
  return seen.test(text) ? text : text.replace(unseen, escaped);
}

/** @param {string} character one or two code units */
function escaped(character) {
  return short[character] ??
    character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
