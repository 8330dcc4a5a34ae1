import { ConnectException } from "../connect/api/exceptions.ts";
import { visibleText } from "../connect/rest/ui/visible_text.js";
import { reasonOf } from "./process/file_reasons.ts";

/** Most bytes of output that are buffered. */
const outputBytesMax = 1 << 16;

const encoder = new TextEncoder();

/**
 * Prints lines on standard output. Control characters and invisible ones, which may come from topics, tables
 * or configurations, are printed as escapes; so is an end of line within a line.
 */
export function print(lines: string | readonly string[]): void {
  for (const line of [lines].flat()) {
    try {
      console.log(visibleText(line));
    } catch (error) {
      throw outputFailure(error);
    }
  }
}

/** A closed pipe never comes here: `console.log` ignores it. Mostly the disk is full. */
function outputFailure(error: unknown): ConnectException {
  return new ConnectException(`Cannot write to standard output: ${reasonOf(error)}`, { cause: error });
}

/** Prints lines on standard error, escaped likewise; leading tabs indent, as in a stack trace. */
export function printError(lines: string | readonly string[]): void {
  console.error(
    [lines].flat().map((line) => {
      const text = line.replace(/^\t+/, "");
      return line.slice(0, line.length - text.length) + visibleText(text);
    }).join("\n"),
  );
}

/**
 * Aligns the columns of rows.
 *
 * @param widthMax a longer cell shifts the rest of its own row only
 * ```ts
 * import { tableLines } from "./output.ts";
 * const lines = tableLines([["ROLE", "ROWS"], ["ana\u001b[2J", "1"]]);
 * if (lines[1] !== "ana\\u001b[2J  1") throw new Error("columns are as wide as what is shown");
 * ```
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  widthMax = Infinity,
): readonly string[] {
  const shown = rows.map((row) => row.map(visibleText));
  const widths: number[] = [];
  for (const row of shown) {
    row.forEach((cell, column) =>
      widths[column] = Math.max(widths[column] ?? 0, Math.min(cell.length, widthMax))
    );
  }
  return shown.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

/** Writes a line of the log, whose formats have escaped it already. */
export function writeLog(line: string): void {
  Deno.stderr.writeSync(encoder.encode(line));
}

/** Draws a picture over the one before, on a terminal. */
export function draw(lines: readonly string[], drawnLines: number): void {
  Deno.stdout.writeSync(encoder.encode(redrawn(lines, drawnLines)));
}

/** Returns a picture with the control characters that draw it over the one before. */
export function redrawn(lines: readonly string[], drawnLines: number): string {
  const up = drawnLines === 0 ? "" : `\x1b[${drawnLines}A`;
  return up + lines.map((line) => `\x1b[2K${visibleText(line)}\n`).join("") + "\x1b[0J";
}

/** Writes standard output line by line, until its reader closes it. */
export class LineOutput {
  /** On a terminal each line is written at once. */
  readonly #gatheredMax = Deno.stdout.isTerminal() ? 0 : outputBytesMax;
  readonly #writeBytes: (bytes: Uint8Array) => Promise<number>;
  #gathered = "";
  #isClosed = false;

  constructor(writeBytes: (bytes: Uint8Array) => Promise<number> = (bytes) => Deno.stdout.write(bytes)) {
    this.#writeBytes = writeBytes;
  }

  /** Returns false once the reader has closed it. */
  async write(line: string): Promise<boolean> {
    this.#gathered += visibleText(line) + "\n";
    if (this.#gathered.length >= this.#gatheredMax) await this.flush();
    return !this.#isClosed;
  }

  async flush(): Promise<void> {
    let bytes = encoder.encode(this.#gathered);
    this.#gathered = "";
    try {
      while (bytes.length > 0 && !this.#isClosed) bytes = bytes.subarray(await this.#writeBytes(bytes));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw outputFailure(error);
      this.#isClosed = true; // `| head` has closed the pipe
    }
  }
}
