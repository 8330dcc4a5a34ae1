/** Frees memory at suitable moments. @module */

/** V8 has it if started with `--expose-gc`, as by the tasks of deno.json and in the binary. */
const { gc } = globalThis as { readonly gc?: (options: CollectionOptions) => void };

interface CollectionOptions {
  readonly type: "minor" | "major";
  /** `last-resort` also gives V8's free pages back to the system. */
  readonly flavor?: "last-resort";
}

/**
 * Collects the young generation, in less than a millisecond if nearly all of it is dead; undefined if the
 * runtime lacks `--expose-gc`. It also frees the database driver's buffers, of which V8 would keep 64 MB.
 *
 * @example
 * ```ts
 * import { freeMemory } from "./free_memory.ts";
 * freeMemory?.();
 * ```
 */
export const freeMemory: (() => void) | undefined = gc === undefined
  ? undefined
  : () => gc({ type: "minor" });

/**
 * Collects everything and gives free pages back to the system, 12 MiB after the start, in some 50 ms; undefined if
 * the runtime lacks `--expose-gc`.
 *
 * @example
 * ```ts
 * import { releaseMemory } from "./free_memory.ts";
 * releaseMemory?.();
 * ```
 */
export const releaseMemory: (() => void) | undefined = gc === undefined
  ? undefined
  : () => gc({ type: "major", flavor: "last-resort" });
