/** A connector's SQL files and their order. @module */

import { createHash } from "node:crypto";

/** The operator must correct the database or the files. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** One file of a connector's `migrations/`. */
export interface MigrationFile {
  /** `001_contacts.sql` */
  readonly name: string;
  readonly text: string;
}

interface OrderedMigration extends MigrationFile {
  readonly version: number;
  /** SHA-256 in hex, with line ends normalized. */
  readonly checksum: string;
}

const namePattern = /^(\d{3,6})_[a-z0-9_]+\.sql$/;

/**
 * Sorts the files by their numbers, which must begin at 1 without gaps.
 *
 * @throws MigrationError that names a file with a wrong name or number
 *
 * @example
 * ```ts
 * import { orderMigrations } from "./migration_files.ts";
 * const files = [{ name: "002_view.sql", text: "" }, { name: "001_table.sql", text: "" }];
 * if (orderMigrations("x", files)[0]?.name !== "001_table.sql") throw new Error("numbers give the order");
 * ```
 */
export function orderMigrations(
  connector: string,
  files: readonly MigrationFile[],
): readonly OrderedMigration[] {
  const ordered = files.map((file) => ({
    ...file,
    version: versionOf(connector, file),
    checksum: checksumOf(file),
  }))
    .sort((a, b) => a.version - b.version);
  ordered.forEach(({ name, version }, index) => {
    if (version === index + 1) return;
    throw new MigrationError(
      `Cannot migrate ${connector}: ${name} is number ${version}, expected ${
        index + 1
      }: numbers leave nothing out and come once`,
    );
  });
  return ordered;
}

function versionOf(connector: string, { name }: MigrationFile): number {
  const number = namePattern.exec(name)?.[1];
  if (number !== undefined) return Number(number);
  throw new MigrationError(`Cannot migrate ${connector}: ${name} isn't named like 001_what_it_does.sql`);
}

function checksumOf({ text }: MigrationFile): string {
  return createHash("sha256").update(text.replaceAll("\r\n", "\n")).digest("hex");
}

/** Reads the `.sql` files of a folder; a missing folder has none. Works in a compiled binary too. */
export async function readMigrations(folder: URL): Promise<readonly MigrationFile[]> {
  const files: MigrationFile[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !name.endsWith(".sql")) continue;
      files.push({
        name,
        text: textOf(name, await Deno.readFile(new URL(encodeURIComponent(name), folder))),
      });
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return files;
}

/** Refuses bytes that aren't UTF-8: replacement characters would become part of a table. */
function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MigrationError(`Cannot read ${name}: it isn't UTF-8; save it as UTF-8`, { cause });
  }
}
