/** Reads texts of one record a line, as they come. @module */

import { UsageError } from "./usage_error.ts";

/** The lines of a file or, for `-`, of standard input; blank ones are left out. */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const text of (await open(path)).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter(isFilled);
  }
  if (isFilled(rest)) yield rest;
}

function isFilled(line: string): boolean {
  return line.trim() !== "";
}

async function open(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (path === "-") return Deno.stdin.readable;
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`Cannot read ${path}: there is no such file`, { cause: error });
  }
}
