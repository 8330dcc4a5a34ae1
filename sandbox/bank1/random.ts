/** Random choices that repeat for the same seed. @module */

export interface Random {
  /** Returns an integer from 0 to `below`, exclusive. */
  int(below: number): number;
  /** Returns true with probability `share`. */
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  digits(count: number): string;
}

/** Returns a generator with 32 bits of state (Marsaglia's xorshift), good enough for test data only. */
export function seededRandom(seed: number): Random {
  // The state must not be zero, and small seeds should start far apart.
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  const int = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor((state >>> 0) / 0x1_0000_0000 * below);
  };
  return {
    int,
    chance: (share) => int(1_000_000) < share * 1_000_000,
    pick: (list) => {
      const chosen = list[int(list.length)];
      if (chosen === undefined) throw new Error("Cannot pick from an empty list");
      return chosen;
    },
    digits: (count) => Array.from({ length: count }, () => int(10)).join(""),
  };
}
