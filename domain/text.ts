/** What texts about people have in common. @module */

const unstorable = /\p{Cc}/u;

/** Whether a text is free of control characters and of halves of characters, which no database keeps as they are. */
export function isStorable(text: string): boolean {
  return !unstorable.test(text) && text.isWellFormed();
}

/** Whether a text has at most so many characters, as people count them (code points). */
export function hasAtMost(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return true;
  if (text.length > 2 * charactersMax) return false;
  return [...text].length <= charactersMax;
}
