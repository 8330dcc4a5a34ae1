/** Finds where FileStreamSink may write: outside folders of references and stored connectors. @module */

import { join, resolve } from "node:path";
import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { unbound } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { FileStreamSinkOptions } from "../../sinks/file/file_stream_sink.ts";
import { variable } from "../process/environment.ts";

/**
 * Returns the folder of `file.sink.dir`; by default the temporary one and `files` in `config.storage.dir`.
 *
 * @throws ConfigException if `file.sink.dir` overlaps with `allowed.paths` or `config.storage.dir`
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
    `Cannot allow writing files to ${own} of file.sink.dir: ${other} of ${
      read.includes(other) ? "allowed.paths" : "config.storage.dir"
    } is inside or contains it; expected a separate folder`,
  );
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder.replace(/\/*$/, "")}/`);
}

/** Like node:os, which needs permission to read the variables itself. */
function temporaryFolder(): string {
  return ["TMPDIR", "TMP", "TEMP"].map(variable).find((folder) => folder) ?? "/tmp";
}

/** Resolves links in the part of the path that exists. */
async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => resolve(path));
}
