import { join } from "node:path";
import { ConfigException, ConnectException } from "../../connect/api/exceptions.ts";
import type { Logger } from "../../connect/api/ports.ts";
import type { ConfigStore, StoredConnector } from "../../connect/runtime/herder/config_store.ts";
import { fileEnd, fileNameOf } from "./config_file_name.ts";
import { reasonOf } from "../process/file_reasons.ts";

/** A configuration may hold passwords. */
const fileMode = 0o600;
const folderMode = 0o700;

/** Largest file, bytes: a request's body of 1 MiB, with names and quotes. */
const fileBytesMax = 4 * 1024 * 1024;

/**
 * Stores connectors in a folder, a JSON file each. A file is written beside its place, flushed and renamed,
 * so a crash leaves the old text or the new one. Only one process may use the folder.
 */
export class ConfigStorage implements ConfigStore, Disposable {
  readonly #folder: string;
  readonly #logger: Logger;
  /** The system releases the lock when the process ends. */
  readonly #lock: Deno.FsFile;

  private constructor(folder: string, lock: Deno.FsFile, logger: Logger) {
    this.#folder = folder;
    this.#lock = lock;
    this.#logger = logger;
  }

  /**
   * Opens the folder, creating it if it is missing.
   *
   * @throws ConfigException if the folder can't be written, or another process uses it
   */
  static async open(folder: string, logger: Logger): Promise<ConfigStorage> {
    if (folder === "") throw refused("no folder", "it is empty, the name of a folder is expected");
    let lock: Deno.FsFile | undefined;
    try {
      await Deno.mkdir(folder, { recursive: true, mode: folderMode });
      lock = await Deno.open(join(folder, lockFile), { write: true, create: true, mode: fileMode });
      if (await lock.tryLock(true)) return new ConfigStorage(folder, lock, logger);
    } catch (cause) {
      lock?.close();
      throw refused(folder, reasonOf(cause), cause);
    }
    lock.close();
    throw refused(folder, "another process keeps its connectors there");
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }

  /** Reads all connectors. An unreadable file is logged and kept; the others start. */
  async load(): Promise<readonly StoredConnector[]> {
    const found: StoredConnector[] = [];
    for await (const { name, isFile } of Deno.readDir(this.#folder)) {
      if (isFile && name.endsWith(leftOverEnd)) await this.#removeFile(name);
      if (!isFile || !name.endsWith(fileEnd)) continue;
      const connector = await this.#read(name);
      if (connector !== undefined) found.push(connector);
    }
    return found.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** @throws ConnectException if it can't be written; the old file is kept */
  async save(connector: StoredConnector): Promise<void> {
    await this.#change(connector.name, () => this.#write(connector));
  }

  /** @throws ConnectException if it can't be removed */
  async remove(name: string): Promise<void> {
    await this.#change(name, () => this.#removeFile(fileNameOf(name)));
  }

  async #change(name: string, change: () => Promise<void>): Promise<void> {
    try {
      await change();
      await this.#syncFolder();
    } catch (cause) {
      throw new ConnectException(
        `Cannot keep the change of connector ${name} in ${this.#folder}: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  async #write({ name, config, targetState }: StoredConnector): Promise<void> {
    const text = `${JSON.stringify({ name, target_state: targetState, config }, null, 2)}\n`;
    const path = this.#pathOf(name);
    const beside = `${path}${leftOverEnd}`;
    await using stack = new AsyncDisposableStack();
    const file = await Deno.open(beside, { write: true, create: true, truncate: true, mode: fileMode });
    stack.defer(() => file.close());
    await writeAll(file, new TextEncoder().encode(text));
    await file.sync();
    await Deno.rename(beside, path);
  }

  async #read(fileName: string): Promise<StoredConnector | undefined> {
    try {
      const { size } = await Deno.stat(join(this.#folder, fileName));
      if (size > fileBytesMax) throw new Error("too long");
      const read = storedConnector(JSON.parse(await Deno.readTextFile(join(this.#folder, fileName))));
      if (fileNameOf(read.name) !== fileName) throw new Error("another connector's name");
      return read;
    } catch (error) {
      this.#logger.error("Cannot read a stored connector: it isn't started, the others are", {
        file: join(this.#folder, fileName),
        reason: contentProblem(error),
      });
      return undefined;
    }
  }

  async #removeFile(fileName: string): Promise<void> {
    try {
      await Deno.remove(join(this.#folder, fileName));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Renames and removals are durable once the folder is flushed. */
  async #syncFolder(): Promise<void> {
    using folder = await Deno.open(this.#folder);
    await folder.sync();
  }

  #pathOf(name: string): string {
    return join(this.#folder, fileNameOf(name));
  }
}

const leftOverEnd = ".new";
const lockFile = "sluice.lock";

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

function refused(folder: string, why: string, cause?: unknown): ConfigException {
  return new ConfigException(`Cannot keep connectors in ${folder} of config.storage.dir: ${why}`, { cause });
}

class FormError extends Error {}

/** @throws FormError that names the members that are wrong, never their values */
function storedConnector(json: unknown): StoredConnector {
  if (!isObject(json)) throw new FormError("the file is not as expected");
  const { name, target_state: targetState, config, ...others } = json;
  const wrong = [
    ...(typeof name === "string" && name !== "" ? [] : ["name"]),
    ...(targetStates.has(targetState) ? [] : ["target_state"]),
    ...(isObject(config) ? notText(config).map((option) => `config.${option}`) : ["config"]),
    ...(Object.keys(others).length === 0 ? [] : ["the file"]),
  ];
  if (wrong.length > 0) throw new FormError(wrong.map((member) => `${member} is not as expected`).join("; "));
  return { name, targetState, config } as StoredConnector; // checked just above
}

function notText(config: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(config).filter(([, value]) => typeof value !== "string").map(([option]) => option);
}

const targetStates: ReadonlySet<unknown> = new Set(
  ["STARTED", "PAUSED", "STOPPED"] satisfies readonly StoredConnector["targetState"][],
);

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Without the parser's own text, which quotes the file. */
function contentProblem(error: unknown): string {
  if (error instanceof SyntaxError) return "it is not JSON";
  if (error instanceof FormError) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : "unknown reason";
}
