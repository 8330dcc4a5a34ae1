import { SpanArena } from "../../../connect/api/spans.ts";

/** A larger arena isn't kept for the next batch. */
const arenaBytesKept = 1024 * 1024;

/**
 * Memory of a batch's spans: the batch's own sources, and an arena for what the sink computes.
 *
 * @example
 * ```ts
 * import { ColumnMemory } from "./column_memory.ts";
 * const memory = new ColumnMemory();
 * memory.begin([new Uint8Array(8)]);
 * const length = memory.arena.addText("people");
 * if (memory.own !== 1 || memory.of(1).at(length - 1) !== 101) throw new Error("the arena is the last source");
 * ```
 */
export class ColumnMemory {
  arena = new SpanArena();
  /** The arena's source. */
  own = 0;
  readonly #sources: Uint8Array[] = [];

  /** Starts a batch: spans of the one before are gone. */
  begin(sources: readonly Uint8Array[]): void {
    if (this.arena.bytes.length > arenaBytesKept) this.arena = new SpanArena();
    this.arena.cut();
    this.#sources.length = 0;
    for (const bytes of sources) this.#sources.push(bytes);
    this.own = this.#sources.length;
  }

  /** Lets go of the batch's memory. */
  end(): void {
    this.#sources.length = 0;
  }

  of(source: number): Uint8Array {
    return source === this.own ? this.arena.bytes : this.#sources[source]!;
  }

  /** All memory, by source; valid until the arena grows. */
  get sources(): readonly Uint8Array[] {
    this.#sources[this.own] = this.arena.bytes;
    return this.#sources;
  }
}

/** Returns an array of at least this length, with the same content. */
export function roomFor<A extends Int32Array | Float64Array>(array: A, length: number): A {
  if (array.length >= length) return array;
  const larger = new (array.constructor as new (length: number) => A)(Math.max(length, 2 * array.length));
  larger.set(array);
  return larger;
}
