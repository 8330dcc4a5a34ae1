/** Control characters and bidirectional controls. */
const unstorable = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/**
 * Whether a text can be stored and shown: it has no control characters and no unpaired surrogates, which databases
 * don't keep, and no bidirectional controls, which change how the text around them reads.
 */
export function isStorable(text: string): boolean {
  return !unstorable.test(text) && text.isWellFormed();
}

/** Whether a text has at most this many characters (code points). */
export function hasAtMost(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return true;
  if (text.length > 2 * charactersMax) return false;
  return [...text].length <= charactersMax;
}
