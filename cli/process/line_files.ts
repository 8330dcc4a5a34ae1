/** Reads files with one record per line, line by line. @module */

import { reasonOf } from "./file_reasons.ts";
import { inputName, sayWaiting } from "./read_text.ts";
import { UsageError } from "../usage_error.ts";

/** Opens a file, or standard input for `-`, and returns its lines without the blank ones. */
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
  if (path === "-") {
    sayWaiting(path);
    if (!Deno.stdin.readable.locked) return Deno.stdin.readable;
    throw new UsageError(`Cannot read ${inputName(path)}: another option has read it, a file is expected`);
  }
  try {
    const file = await Deno.open(path);
    if (!(await file.stat()).isDirectory) return file.readable;
    file.close();
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  throw new UsageError(`Cannot read ${path}: it is a folder, a file is expected`);
}
