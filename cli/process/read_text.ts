/** Reads the files named on the command line. @module */

import { reasonOf } from "./file_reasons.ts";
import { printError } from "../output.ts";
import { UsageError } from "../usage_error.ts";

const standardInput = "-";

/** Returns a file's name for messages. */
export function inputName(path: string): string {
  return path === standardInput ? "standard input" : path;
}

/** Reads a text file, or standard input for `-`. A UsageError explains why it can't be read. */
export async function readText(path: string, what: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path, what);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot read the ${what} ${path}: ${reasonOf(error)}`, { cause: error });
  }
  return decodeText(bytes, `the ${what} ${inputName(path)}`);
}

async function readBytes(path: string, what: string): Promise<Uint8Array> {
  if (path !== standardInput) return await Deno.readFile(path);
  if (Deno.stdin.readable.locked) {
    throw new UsageError(
      `Cannot read the ${what} from standard input: another option has read it, a file is expected`,
    );
  }
  sayWaiting(path);
  return await new Response(Deno.stdin.readable).bytes();
}

/** Tells a user at a terminal that the program waits for input and doesn't hang. */
export function sayWaiting(path: string): void {
  if (path === standardInput && Deno.stdin.isTerminal()) {
    printError("Reading standard input; end it with Ctrl-D on an empty line");
  }
}

/**
 * Decodes UTF-8 and refuses anything else, since replacement characters would be taken for values.
 *
 * @param what names the input in messages
 * @throws UsageError
 * @example
 * ```ts
 * import { decodeText } from "./read_text.ts";
 * if (decodeText(new TextEncoder().encode("\uFEFFa"), "the file a.json") !== "a") throw new Error("a byte order mark isn't text");
 * ```
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  const [first = 0, second = 0] = bytes;
  const mark = (first << 8) | second;
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new UsageError(`Cannot read ${what}: it is UTF-16, UTF-8 is expected; save it as UTF-8`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`Cannot read ${what}: it isn't valid UTF-8; save it as UTF-8`, { cause: error });
  }
}
