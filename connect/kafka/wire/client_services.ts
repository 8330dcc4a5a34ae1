import type { BackoffRange } from "../../api/backoff.ts";
import type { Logger, Time } from "../../api/ports.ts";
import type { Cluster } from "./cluster.ts";
import type { KafkaReach } from "./outage_log.ts";

/** What the loops of a client share. */
export interface ClientServices {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly logger: Logger;
  /** Pauses between retries. */
  readonly backoff: BackoffRange;
  /** Records what doesn't answer. */
  readonly reach?: KafkaReach;
}
