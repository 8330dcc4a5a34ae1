/**
 * Limits how many batches are decompressed piece by piece at a time: each holds a window of up to 8 MiB, also while its
 * partition isn't read. @module
 */

import type { Time } from "../../api/ports.ts";

/** Open large batches of all consumers of a process. */
const holdersMax = 4;
/** A batch not read for this long is closed if another needs its place, and decompressed from its start later. */
const idleMsMax = 2_000;

export interface LargeBatchHolder {
  /** Frees what the batch holds; the next read opens it again. */
  suspend(): void;
}

export class LargeBatches {
  readonly #time: Pick<Time, "monotonic">;
  /** When each was read last, by holder. */
  readonly #holders = new Map<LargeBatchHolder, number>();

  constructor(time: Pick<Time, "monotonic">) {
    this.#time = time;
  }

  /** Called before each read; returns false if the batch must wait for others. */
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

  release(holder: LargeBatchHolder): void {
    this.#holders.delete(holder);
  }
}
