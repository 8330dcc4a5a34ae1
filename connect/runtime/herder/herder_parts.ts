/** What a herder is made of and what it tells. @module */

import type { Logger, Time } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import type { ResolvedProps } from "../../config/references/config_providers.ts";
import type { ConfigStore } from "./config_store.ts";
import type { Worker } from "../worker/worker.ts";

/** What a herder needs. */
export interface HerderOptions {
  /** What runs the tasks. */
  readonly worker: Worker;
  /** Where connectors are kept. */
  readonly store: ConfigStore;
  /** Looks up references such as `${env:…}`. */
  readonly resolve: (props: Props) => Promise<ResolvedProps>;
  /** Takes out of a text what references stand for. */
  readonly hide?: (text: string) => string;
  /** The clock. */
  readonly time: Time;
  /** Where it is logged. */
  readonly logger: Logger;
}

/** A connector as it was made. */
export interface ConnectorInfo {
  /** Its name. */
  readonly name: string;
  /** As a person wrote it, with `name`. */
  readonly config: Props;
  /** Numbers of its tasks. */
  readonly taskIds: readonly number[];
}
