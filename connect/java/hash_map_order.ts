const capacityMin = 16;
const loadFactor = 0.75;

/**
 * Returns text keys in the order `java.util.HashMap` iterates them after insertion in the given order. Buckets that
 * Java would turn into trees (eight keys) are taken as lists: trees iterate in the same order.
 *
 * @example
 * ```ts
 * import { hashMapOrder } from "./hash_map_order.ts";
 * if (hashMapOrder(["phone", "name", "id"]).join() !== "phone,name,id") throw new Error("buckets decide");
 * ```
 */
export function hashMapOrder(keys: readonly string[]): string[] {
  let capacity = capacityMin;
  while (keys.length > capacity * loadFactor) capacity *= 2;
  return keys
    .map((key, index) => ({ key, index, bucket: spread(hashCode(key)) & (capacity - 1) }))
    .sort((a, b) => a.bucket - b.bucket || a.index - b.index)
    .map(({ key }) => key);
}

/** `String.hashCode`. */
function hashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash;
}

/** `HashMap.hash`. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}
