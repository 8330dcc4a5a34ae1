/** All sinks, one line each. @module */

import type { SinkConnectorPlugin } from "../connect/api/plugins.ts";
import { postgresSink } from "./postgres/postgres_sink.ts";

/** The sink connectors that a configuration may name. */
export const sinkPlugins: readonly SinkConnectorPlugin[] = [
  postgresSink,
];
