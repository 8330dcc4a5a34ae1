/** How a fetcher is set up, and what it tells its consumer. @module */

import type { LargeBatches } from "../batches/large_batches.ts";
import type { FetchSettings } from "../consumer_settings.ts";
import type { FramePool } from "../wire/frame_pool.ts";
import type { PartitionState } from "./partition_state.ts";

/** How a fetcher is set up. */
export interface FetcherOptions {
  readonly settings: FetchSettings;
  readonly requestTimeoutMs: number;
  /** Memory for fetched records. */
  readonly frames: FramePool;
  readonly largeBatches?: LargeBatches;
}

/** What a fetcher tells its consumer. */
export interface FetcherEvents {
  /** There is something for `poll`. */
  changed(): void;
  /** Leaders have moved. */
  leadersStale(): void;
  /** An offset isn't in the log any more. */
  outOfRange(state: PartitionState): void;
}
