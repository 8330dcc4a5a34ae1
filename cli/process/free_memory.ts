/**
 * Frees memory at moments that the program knows to be good.
 *
 * @module
 */

/** V8 shows it where it was started with `--expose-gc`, as the tasks of deno.json and the binary do. */
const { gc } = globalThis as { readonly gc?: (options: { readonly type: "minor" }) => void };

/**
 * Frees the young generation, in less than a millisecond where nearly all of it is dead; undefined where the runtime
 * wasn't started for it. It also frees the database driver's buffers, of which V8 lets 64 MB pile up.
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
