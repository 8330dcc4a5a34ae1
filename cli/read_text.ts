/** Reads files that a person named. @module */

import { UsageError } from "./usage_error.ts";

/** Text of a file; `-` is standard input. What keeps it from being read is said in a sentence. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    if (path === "-") return await new Response(Deno.stdin.readable).text();
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read the ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not read it";
  if (error instanceof Deno.errors.NotCapable) return "the program was started without permission to read it";
  return error instanceof Error ? error.name : "unknown reason";
}
