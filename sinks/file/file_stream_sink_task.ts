/** The file sink's task. (`org.apache.kafka.connect.file.FileStreamSinkTask`) @module */

import { type FileHandle, open, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { ConfigException, ConnectException } from "../../connect/api/exceptions.ts";
import { javaToString } from "../../connect/api/java_text.ts";
import type { OffsetMap, SinkRecord } from "../../connect/api/record.ts";
import { type Props, SinkTask } from "../../connect/api/sink_task.ts";

/** What a task of the file sink is made with. */
export interface FileStreamSinkTaskOptions {
  readonly version: string;
  readonly allowedPaths: readonly string[];
}

/** Permissions of a new file: values are people's. */
const fileMode = 0o600;

/** Appends lines; what `put` resolved for has been handed to the operating system. */
export class FileStreamSinkTask extends SinkTask {
  readonly #options: FileStreamSinkTaskOptions;
  #file: FileHandle | undefined;

  constructor(options: FileStreamSinkTaskOptions) {
    super();
    this.#options = options;
  }

  version(): string {
    return this.#options.version;
  }

  async start({ file }: Props): Promise<void> {
    if (file === undefined) return;
    await this.#refuseElsewhere(resolve(file));
    try {
      this.#file = await open(file, "a", fileMode);
    } catch (cause) {
      throw new ConnectException(`Couldn't find or create file '${file}' for FileStreamSinkTask`, { cause });
    }
  }

  /** A link may lead out of the folders, which only shows on the disk. */
  async #refuseElsewhere(path: string): Promise<void> {
    const folders = await Promise.all(this.#options.allowedPaths.map(existing));
    const real = await existing(path) ?? join(await existing(dirname(path)) ?? "", basename(path));
    const isAllowed = folders.some((folder) =>
      folder !== undefined && real.startsWith(`${folder.replace(/\/*$/, "")}/`)
    );
    if (isAllowed) return;
    throw new ConfigException(
      "Cannot write the file of option file: it isn't below one of the worker's allowed.paths",
    );
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0) return;
    const lines = records.map(({ value, valueSchema }) => `${javaToString(value, valueSchema)}\n`).join("");
    if (this.#file !== undefined) await this.#file.appendFile(lines);
    else await new Promise<void>((done) => process.stdout.write(lines, () => done()));
  }

  override async flush(_offsets: OffsetMap): Promise<void> {
    await this.#file?.datasync();
  }

  async stop(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** The path without links; undefined where nothing is there. */
async function existing(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined); // the caller says what that means
}
