/** Reads and writes texts of one record a line, as they come. @module */

import { UsageError } from "./usage_error.ts";

/** Bytes of output that are gathered before they are written. */
const outputBytesMax = 1 << 16;

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

/** Standard output, a line at a time; whoever reads it may stop when it has seen enough. */
export class LineOutput {
  readonly #encoder = new TextEncoder();
  /** A person sees each line at once. */
  readonly #gatheredMax = Deno.stdout.isTerminal() ? 0 : outputBytesMax;
  #gathered = "";
  #isClosed = false;

  /** True while somebody still reads. */
  async write(line: string): Promise<boolean> {
    this.#gathered += line + "\n";
    if (this.#gathered.length >= this.#gatheredMax) await this.flush();
    return !this.#isClosed;
  }

  async flush(): Promise<void> {
    let bytes = this.#encoder.encode(this.#gathered);
    this.#gathered = "";
    try {
      while (bytes.length > 0 && !this.#isClosed) bytes = bytes.subarray(await Deno.stdout.write(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      this.#isClosed = true; // `| head` has what it wanted
    }
  }
}
