/** What the fetcher works with. @module */

import type { BackoffRange } from "../../api/backoff.ts";
import type { Logger, Time } from "../../api/ports.ts";
import type { Cluster } from "../wire/cluster.ts";
import type { FetchSettings } from "../consumer_settings.ts";
import type { FramePool } from "../wire/frame_pool.ts";
import type { LargeBatches } from "../batches/large_batches.ts";
import type { KafkaReach } from "../wire/outage_log.ts";
import type { PartitionState } from "./partition_state.ts";

/** What fetching needs. */
export interface FetcherContext {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly logger: Logger;
  readonly settings: FetchSettings;
  readonly frames: FramePool;
  readonly largeBatches?: LargeBatches;
  readonly reach?: KafkaReach;
  readonly requestTimeoutMs: number;
  readonly backoff: BackoffRange;
  /** There is something for `poll`. */
  readonly arrived: () => void;
  /** Leaders have moved. */
  readonly leadersStale: () => void;
  /** An offset isn't in the log any more. */
  readonly outOfRange: (state: PartitionState) => void;
}
