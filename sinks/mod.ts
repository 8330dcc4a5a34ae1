/** All sinks, one line each. @module */

import type { SinkConnectorPlugin } from "../connect/api/plugins.ts";
import { fileStreamSink, type FileStreamSinkOptions } from "./file/file_stream_sink.ts";
import { postgresSink } from "./postgres/postgres_sink.ts";

/** The sink connectors that a configuration may name. */
export function sinkPlugins(options: FileStreamSinkOptions): readonly SinkConnectorPlugin[] {
  return [
    postgresSink,
    fileStreamSink(options),
  ];
}
