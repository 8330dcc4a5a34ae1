/** Most typing errors for a suggestion. */
const slipsMax = 2;

/**
 * Returns `; did you mean start?`, or nothing if no choice is near the word.
 *
 * @example
 * ```ts
 * import { didYouMean } from "./nearest_word.ts";
 * if (didYouMean("strat", ["start", "validate"]) !== "; did you mean start?") throw new Error("two slips");
 * if (didYouMean("xyz", ["start", "validate"]) !== "") throw new Error("nothing is near");
 * ```
 */
export function didYouMean(word: string, choices: readonly string[]): string {
  const near = choices
    .map((choice) => ({ choice, slips: slipsBetween(plain(word), plain(choice)) }))
    .filter(({ choice, slips }) => slips <= Math.min(slipsMax, Math.floor(plain(choice).length / 2)))
    .sort((a, b) => a.slips - b.slips);
  const [first] = near;
  return first === undefined ? "" : `; did you mean ${first.choice}?`;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function slipsBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > slipsMax) return Infinity;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [at, counterpart] of [...other].entries()) {
      const change = (row[at] ?? 0) + (letter === counterpart ? 0 : 1);
      next.push(Math.min(change, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
