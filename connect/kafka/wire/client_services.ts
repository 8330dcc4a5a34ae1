/** What all loops of a client share. @module */

import type { BackoffRange } from "../../api/backoff.ts";
import type { Logger, Time } from "../../api/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { KafkaReach } from "./outage_log.ts";

/** One client's way to Kafka. */
export interface ClientServices {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly logger: Logger;
  /** Pauses between tries. */
  readonly backoff: BackoffRange;
  /** Takes note of what doesn't answer. */
  readonly reach?: KafkaReach;
}
