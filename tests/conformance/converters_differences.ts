/** The vectors of converters that differ on purpose, each with the reason that docs/differences.md gives. @module */

const beyondInt64 =
  "an integer beyond int64 is refused; Connect keeps its lowest 64 bits, which is another number";

export const convertersDifferences: ReadonlyMap<string, string> = new Map([
  ["JsonConverter/plain/4", beyondInt64],
  ["JsonConverter/plain/5", beyondInt64],
  ["JsonConverter/type-int64/3", beyondInt64],
]);
