/** All sink connectors, one line each. @module */

import type { SinkConnectorPlugin } from "../connect/api/plugins.ts";
import { fileStreamSink, type FileStreamSinkOptions } from "./file/file_stream_sink.ts";
import { type PostgresSinkOptions, postgresSinkWith } from "./postgres/postgres_sink.ts";

/** Returns the sink connectors that a configuration may name. */
export function sinkPlugins(
  options: FileStreamSinkOptions & PostgresSinkOptions,
): readonly SinkConnectorPlugin[] {
  return [
    postgresSinkWith(options),
    fileStreamSink(options),
  ];
}

/** Finds a sink connector by class or alias. */
export function sinkOfClass(name: string): SinkConnectorPlugin | undefined {
  return sinkPlugins({ allowedPaths: [], allowBroadRole: false })
    .find(({ className, aliases }) => [className, ...aliases].includes(name));
}
