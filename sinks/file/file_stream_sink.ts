/**
 * The file sink: appends each record's value as a line of text.
 * (`org.apache.kafka.connect.file.FileStreamSinkConnector`)
 *
 * @module
 */

import { resolve } from "node:path";
import { ConfigDef, invalidValue } from "../../connect/api/config_def.ts";
import type { SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import {
  type FileStreamSinkOptions,
  FileStreamSinkTask,
  mayWrite,
  whereExpected,
} from "./file_stream_sink_task.ts";

export type { FileStreamSinkOptions };

/** The version of Kafka whose connector it copies. */
const version = "4.3.1";

const fileSinkConfig = ConfigDef.of({
  "file": {
    type: "STRING",
    default: null,
    documentation: "File to append lines to; standard output if not set.",
    importance: "HIGH",
  },
});

/**
 * Makes the plugin. A configuration comes over the network, so files can be written only below the allowed folders, and
 * never where references are read from.
 *
 * @example
 * ```ts
 * import { fileStreamSink } from "./file_stream_sink.ts";
 * const sink = fileStreamSink({ allowedPaths: ["/tmp"] });
 * if (sink.validate?.({ file: "/tmp/people.txt" }).size !== 0) throw new Error("below an allowed folder");
 * if (sink.validate?.({ file: "/tmp/../etc/cron.d/x" }).size !== 1) throw new Error("not everywhere");
 * ```
 */
export function fileStreamSink(options: FileStreamSinkOptions): SinkConnectorPlugin {
  return {
    type: "sink",
    className: "org.apache.kafka.connect.file.FileStreamSinkConnector",
    aliases: ["FileStreamSink", "FileStreamSinkConnector"],
    version,
    documentation: "Appends the text of each record's value to a file, for trying things out.",
    config: fileSinkConfig,
    validate: ({ file }) => fileProblems(file, options),
    taskConfigs: (props: Props, maxTasks: number) => Array.from({ length: maxTasks }, () => props),
    // The sink doesn't use Kafka's offsets, so any request is accepted. (`FileStreamSinkConnector.alterOffsets`)
    alterOffsets: () => Promise.resolve(true),
    createTask: () => new FileStreamSinkTask({ version, ...options }),
  };
}

function fileProblems(
  file: string | undefined,
  options: FileStreamSinkOptions,
): ReadonlyMap<string, readonly string[]> {
  if (file === undefined || file.includes("${") || mayWrite(resolve(file), options)) return new Map();
  return new Map([["file", [invalidValue("file", file, `The file isn't ${whereExpected}`).message]]]);
}
