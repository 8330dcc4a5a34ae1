/** Reads files that a person named. @module */

import { UsageError } from "./usage_error.ts";

/** Text of a file; `-` is standard input. What kept it from being read is said in a sentence. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    if (path === "-") return await new Response(Deno.stdin.readable).text();
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read the ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What kept a file from being read or written. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  return reasons[error.name] ?? reasons[String(Reflect.get(error, "code"))] ?? error.name;
}

/** By the runtime's classes, else by the system's codes. */
const reasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file or folder",
  IsADirectory: "it is a folder",
  NotADirectory: "it lies in a file, a folder is expected",
  AlreadyExists: "there is a file or folder of that name already",
  PermissionDenied: "this user may not do that",
  NotCapable: "the program was started without permission for that",
  FilesystemLoop: "its links lead in a circle",
  EEXIST: "there is a file, a folder is expected",
  ENOTDIR: "it lies in a file, a folder is expected",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "its name is too long",
};
