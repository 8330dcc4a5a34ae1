/** What texts about people have in common. @module */

/** Control characters, and those that turn the direction of the text around them. */
const unstorable = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/**
 * Whether a text can be kept and shown: free of control characters and halves of characters, which no database keeps as
 * they are, and of bidi controls, which make the text around them read as another one.
 */
export function isStorable(text: string): boolean {
  return !unstorable.test(text) && text.isWellFormed();
}

/** Whether a text has at most so many characters, as people count them (code points). */
export function hasAtMost(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return true;
  if (text.length > 2 * charactersMax) return false;
  return [...text].length <= charactersMax;
}
