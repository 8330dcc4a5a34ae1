/** Where FileStreamSink may write: apart from what references read and from where connectors are kept. @module */

import { join, resolve } from "node:path";
import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { unbound } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { FileStreamSinkOptions } from "../../sinks/file/file_stream_sink.ts";
import { variable } from "../process/environment.ts";

/**
 * The folder of `file.sink.dir`; where that isn't set the temporary one, and `files` in `config.storage.dir`.
 *
 * @throws ConfigException where `file.sink.dir` isn't apart from `allowed.paths` and `config.storage.dir`
 */
export async function fileSinkFolders(settings: Props): Promise<FileStreamSinkOptions> {
  const { "file.sink.dir": own, "allowed.paths": allowed, "config.storage.dir": storage } = workerConfig
    .parse(
      settings,
    );
  const read = await Promise.all(allowed.map(unbound).map(realPath));
  const kept = storage === null ? [] : [await realPath(storage)];
  const closedPaths = [...read, ...kept];
  if (own === null) {
    const usual = [await realPath(temporaryFolder()), ...kept.map((folder) => join(folder, "files"))];
    return {
      allowedPaths: usual.filter((folder) => !read.some((other) => isWithin(folder, other))),
      closedPaths,
    };
  }
  const folder = await realPath(own);
  const other = closedPaths.find((closed) => isWithin(folder, closed) || isWithin(closed, folder));
  if (other === undefined) return { allowedPaths: [folder], closedPaths };
  throw new ConfigException(
    `Cannot let files be written to ${own} of file.sink.dir: ${other} of ${
      read.includes(other) ? "allowed.paths" : "config.storage.dir"
    } is within it or around it; expected a folder of its own`,
  );
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder.replace(/\/*$/, "")}/`);
}

/** As node:os finds it, which has to ask for the variables itself. */
function temporaryFolder(): string {
  return ["TMPDIR", "TMP", "TEMP"].map(variable).find((folder) => folder) ?? "/tmp";
}

/** Without links, as far as it is there. */
async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => resolve(path));
}
