/**
 * How many batches are unpacked piece by piece at the same time: each has a window of up to 8 MiB, and a partition that
 * isn't read for a while would keep it.
 *
 * @module
 */

import type { Time } from "../../api/ports.ts";

/** Batches at a time, of all consumers of a process. */
const holdersMax = 4;
/** One that wasn't read for so long makes room for others, and is unpacked from its begin later. */
const idleMsMax = 2_000;

/** Who has such a batch. */
export interface LargeBatchHolder {
  /** Frees what the batch holds; it's opened again when it's read the next time. */
  suspend(): void;
}

/** Gives leave to hold one. */
export class LargeBatches {
  readonly #time: Pick<Time, "monotonic">;
  /** When each was read last. */
  readonly #holders = new Map<LargeBatchHolder, number>();

  constructor(time: Pick<Time, "monotonic">) {
    this.#time = time;
  }

  /** Asked before each read; false where it has to wait for others. */
  hold(holder: LargeBatchHolder): boolean {
    const now = this.#time.monotonic();
    if (!this.#holders.has(holder) && this.#holders.size >= holdersMax) {
      const [idle] = [...this.#holders].find(([, readAt]) => now - readAt >= idleMsMax) ?? [];
      if (idle === undefined) return false;
      idle.suspend();
      this.#holders.delete(idle);
    }
    this.#holders.set(holder, now);
    return true;
  }

  /** It holds none any more. */
  release(holder: LargeBatchHolder): void {
    this.#holders.delete(holder);
  }
}
