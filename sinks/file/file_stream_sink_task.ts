/** The file sink's task. (`org.apache.kafka.connect.file.FileStreamSinkTask`) @module */

import { type FileHandle, open, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { ConfigException, ConnectException } from "../../connect/api/exceptions.ts";
import { javaToString } from "../../connect/java/text.ts";
import type { OffsetMap, SinkRecord } from "../../connect/api/record.ts";
import { type Props, SinkTask } from "../../connect/api/sink_task.ts";

/** Where the sink may write. */
export interface FileStreamSinkOptions {
  /** Folders below which files may be written. */
  readonly allowedPaths: readonly string[];
  /** Folders with secrets and connectors. Files below them are refused, unless an allowed folder is deeper. */
  readonly closedPaths?: readonly string[];
  /** Escapes a record's text for standard output; absent = the text itself. */
  readonly onScreen?: (text: string) => string;
}

interface FileStreamSinkTaskOptions extends FileStreamSinkOptions {
  readonly version: string;
}

/** Values are personal data, so only the owner can read a new file. */
const fileMode = 0o600;

/** The operating system's error codes in words. */
const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file has reached its size limit",
  EROFS: "the disk is read-only",
  EIO: "the disk fails",
  ESTALE: "the file server doesn't have it any more",
};

/** Appends lines. Once `put` resolves, the operating system has them. */
export class FileStreamSinkTask extends SinkTask {
  readonly #options: FileStreamSinkTaskOptions;
  #file: FileHandle | undefined;
  #path = "";

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
      this.#path = file;
    } catch (cause) {
      throw new ConnectException(`Couldn't find or create file '${file}' for FileStreamSinkTask`, { cause });
    }
  }

  /** Checks the path without links: a link may lead out of the allowed folders. */
  async #refuseElsewhere(path: string): Promise<void> {
    const { allowedPaths, closedPaths = [] } = this.#options;
    const real = await existing(path) ?? join(await existing(dirname(path)) ?? "", basename(path));
    if (mayWrite(real, { allowedPaths: await allOf(allowedPaths), closedPaths: await allOf(closedPaths) })) {
      return;
    }
    throw new ConfigException(`Cannot write the file of option file: it isn't ${whereExpected}`);
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0) return;
    const texts = records.map(({ value, valueSchema }) => javaToString(value, valueSchema));
    const lines = (of: readonly string[]) => of.map((text) => `${text}\n`).join("");
    const { onScreen = (text) => text } = this.#options;
    if (this.#file !== undefined) return await this.#told(this.#file.appendFile(lines(texts)));
    await new Promise<void>((done) => process.stdout.write(lines(texts.map(onScreen)), () => done()));
  }

  override async flush(_offsets: OffsetMap): Promise<void> {
    if (this.#file !== undefined) await this.#told(this.#file.datasync());
  }

  /** Throws the operating system's error as a sentence. */
  async #told(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown failure";
      const meaning = meanings[code] === undefined ? "" : `, ${meanings[code]}`;
      throw new ConnectException(
        `Cannot write file '${this.#path}' of option file: ${code}${meaning}; mend that, or choose another file, and ` +
          "restart the task",
        { cause },
      );
    }
  }

  async stop(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** The existing folders, with links resolved. */
async function allOf(folders: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(folders.map(existing))).filter((folder) => folder !== undefined);
}

/** The path with links resolved, or undefined if nothing is there. */
async function existing(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined); // the caller decides what a missing path means
}

/** The allowed places, for messages. */
export const whereExpected =
  "below the worker's file.sink.dir (where that isn't set, the temporary folder), and apart from allowed.paths";

/** Whether a file may be written: of all these folders, the deepest one above it is an allowed one. */
export function mayWrite(path: string, { allowedPaths, closedPaths = [] }: FileStreamSinkOptions): boolean {
  const depth = (folders: readonly string[]) =>
    Math.max(
      0,
      ...folders.map((folder) => `${resolve(folder).replace(/\/*$/, "")}/`).filter((start) =>
        path.startsWith(start)
      )
        .map(({ length }) => length),
    );
  return depth(allowedPaths) > depth(closedPaths);
}
