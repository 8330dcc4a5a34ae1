/** How a fetcher is set up, and the events it reports. @module */

import type { LargeBatches } from "../batches/large_batches.ts";
import type { FetchSettings } from "../consumer_settings.ts";
import type { FramePool } from "../wire/frame_pool.ts";
import type { PartitionState } from "./partition_state.ts";

export interface FetcherOptions {
  readonly settings: FetchSettings;
  readonly requestTimeoutMs: number;
  /** Memory for fetched records. */
  readonly frames: FramePool;
  readonly largeBatches?: LargeBatches;
}

export interface FetcherEvents {
  /** `poll` has something to return. */
  changed(): void;
  /** Leaders have moved. */
  leadersStale(): void;
  /** The log no longer has the partition's offset. */
  outOfRange(state: PartitionState): void;
}
