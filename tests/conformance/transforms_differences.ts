/** The vectors of transformations that differ on purpose, each with the reason that docs/differences.md gives. @module */

export const transformsDifferences: ReadonlyMap<string, string> = new Map([]);
