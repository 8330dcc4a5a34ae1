/** What ExtractNewRecordState does with deletes and with tombstones. @module */

/** Values of `delete.tombstone.handling.mode`. */
export const deleteModes = [
  "drop",
  "tombstone",
  "rewrite",
  "rewrite-with-tombstone",
  "delete-to-tombstone",
] as const;

/** A value of `delete.tombstone.handling.mode`. */
export type DeleteMode = typeof deleteModes[number];

/** What becomes of a delete event, and of the tombstone behind it. */
export interface DeleteHandling {
  /** `null_row` is a null value under the row's schema, `tombstone` has no schema either. */
  readonly deletes: "drop" | "null_row" | "tombstone" | "rewrite";
  readonly tombstones: "drop" | "pass";
}

const handlings: Readonly<Record<DeleteMode, DeleteHandling>> = {
  "drop": { deletes: "drop", tombstones: "drop" },
  "tombstone": { deletes: "null_row", tombstones: "drop" },
  "rewrite": { deletes: "rewrite", tombstones: "drop" },
  "rewrite-with-tombstone": { deletes: "rewrite", tombstones: "pass" },
  "delete-to-tombstone": { deletes: "tombstone", tombstones: "drop" },
};

/**
 * What a mode means; undefined for a text that is no mode.
 *
 * @example
 * ```ts
 * import { handlingOfMode } from "./delete_handling.ts";
 * if (handlingOfMode("Rewrite")?.deletes !== "rewrite") throw new Error("the case doesn't matter");
 * ```
 */
export function handlingOfMode(text: string): DeleteHandling | undefined {
  const mode = deleteModes.find((known) => known === text.toLowerCase());
  return mode === undefined ? undefined : handlings[mode];
}

/** The mode that means exactly this; undefined if none does. */
export function modeOf({ deletes, tombstones }: DeleteHandling): DeleteMode | undefined {
  return deleteModes.find((mode) =>
    handlings[mode].deletes === deletes && handlings[mode].tombstones === tombstones
  );
}
