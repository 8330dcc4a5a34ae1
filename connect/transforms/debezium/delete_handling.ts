/** How ExtractNewRecordState handles deletes and tombstones. @module */

export const deleteModes = [
  "drop",
  "tombstone",
  "rewrite",
  "rewrite-with-tombstone",
  "delete-to-tombstone",
] as const;

type DeleteMode = typeof deleteModes[number];

/** What a delete event, and the tombstone after it, become. */
export interface DeleteHandling {
  /** `null_row` is a null value with the row's schema; `tombstone` has no schema either. */
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
 * Returns the handling of a mode, or undefined for an unknown mode.
 *
 * @example
 * ```ts
 * import { handlingOfMode } from "./delete_handling.ts";
 * if (handlingOfMode("Rewrite")?.deletes !== "rewrite") throw new Error("case is ignored");
 * ```
 */
export function handlingOfMode(text: string): DeleteHandling | undefined {
  const mode = deleteModes.find((known) => known === text.toLowerCase());
  return mode === undefined ? undefined : handlings[mode];
}

/** Returns the mode of a handling, or undefined if there is none. */
export function modeOf({ deletes, tombstones }: DeleteHandling): DeleteMode | undefined {
  return deleteModes.find((mode) =>
    handlings[mode].deletes === deletes && handlings[mode].tombstones === tombstones
  );
}
