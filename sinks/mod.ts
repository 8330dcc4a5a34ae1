/** All sinks, one line each. @module */

import type { SinkConnectorPlugin } from "../connect/api/plugins.ts";
import type { SqlDatabase } from "./sql/database.ts";
import { fileStreamSink, type FileStreamSinkOptions } from "./file/file_stream_sink.ts";
import { type PostgresSinkOptions, postgresSinkWith } from "./postgres/postgres_sink.ts";

/** The sinks with a SQL database, a line each. */
const sqlSinks = [
  postgresSinkWith,
];

/** The sink connectors that a configuration may name. */
export function sinkPlugins(
  options: FileStreamSinkOptions & PostgresSinkOptions,
): readonly SinkConnectorPlugin[] {
  return [...sqlSinks.map((sink) => sink(options)), fileStreamSink(options)];
}

/** The database that connectors of a class write to; undefined if that is none. */
export function databaseOf(connectorClass: string): SqlDatabase | undefined {
  return sqlSinks.map((sink) => sink({ allowBroadRole: false }))
    .find(({ className, aliases }) => [className, ...aliases].includes(connectorClass))?.database;
}
