import { CellProblem } from "../../sql/sql_failure.ts";

/** NUL and surrogates; surrogates in valid pairs are checked afterwards. */
const suspicious = /[\0\ud800-\udfff]/;

/**
 * Refuses text that PostgreSQL can't store.
 *
 * @throws CellProblem of rule `text_nul` or `text_not_unicode`
 *
 * @example
 * ```ts
 * import { checkText } from "./text_rules.ts";
 * checkText("João 😀");
 * let refused = false;
 * try {
 *   checkText("a\0b");
 * } catch {
 *   refused = true;
 * }
 * if (!refused) throw new Error("PostgreSQL's text has no NUL");
 * ```
 */
export function checkText(text: string): void {
  if (!suspicious.test(text)) return;
  if (text.includes("\0")) throw new CellProblem("text_nul", "text without NUL", "text with NUL");
  if (!text.isWellFormed()) {
    throw new CellProblem("text_not_unicode", "Unicode text", "text with half a surrogate pair");
  }
}
