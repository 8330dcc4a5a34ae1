/** Reads texts of one record a line, as they come. @module */

import { reasonOf } from "./read_text.ts";
import { UsageError } from "./usage_error.ts";

/** Opens a file or, for `-`, standard input; the answer is its lines without the blank ones. */
export async function openLines(path: string): Promise<AsyncGenerator<string>> {
  return linesIn(await open(path));
}

async function* linesIn(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
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
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
