/**
 * The blocks of a page, and what is to be done with each. Marks stand in comments right before a block:
 *
 * - `<!-- file: PATH -->` its text is written to that file
 * - `<!-- not run: WHY -->` commands that a test can't run, with the reason
 * - `<!-- after ending: Ctrl-C -->` what runs on is ended first
 * - `<!-- runs on until: TEXT -->` commands that go on; the next block's commands begin when TEXT was printed
 *
 * A `text` block behind commands is what they print; `…` stands for anything.
 *
 * @module
 */

export interface DocBlock {
  readonly language: string;
  readonly text: string;
  /** Line of its first fence, from 1. */
  readonly line: number;
  readonly marks: Readonly<Record<string, string>>;
}

/**
 * Returns all blocks of a Markdown text.
 *
 * @example
 * ```ts
 * import { docBlocks } from "./doc_blocks.ts";
 * const fence = "`".repeat(3);
 * const [block] = docBlocks(`<!-- file: a.json -->\n\n${fence}json\n{}\n${fence}\n`);
 * if (block?.marks["file"] !== "a.json" || block.text !== "{}\n") throw new Error("mark and text");
 * ```
 */
export function docBlocks(markdown: string): readonly DocBlock[] {
  const blocks: DocBlock[] = [];
  let marks: Record<string, string> = {};
  let open:
    | { readonly indent: string; readonly language: string; readonly line: number; text: string }
    | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^(\s*)```(.*)$/.exec(line);
    if (open !== undefined) {
      if (fence === null) open.text += line.slice(open.indent.length) + "\n";
      else {
        blocks.push({ language: open.language, text: open.text, line: open.line, marks });
        [open, marks] = [undefined, {}];
      }
      continue;
    }
    const mark = /^\s*<!-- ([a-z ]+): (.*) -->$/.exec(line);
    if (fence !== null) {
      open = { indent: fence[1] ?? "", language: (fence[2] ?? "").trim(), line: index + 1, text: "" };
    } else if (mark !== null) marks = { ...marks, [mark[1] ?? ""]: mark[2] ?? "" };
    else if (line.trim() !== "") marks = {};
  }
  return blocks;
}

/** Whether a test can run the block's commands. */
export function isRun({ language, marks }: DocBlock): boolean {
  return language === "sh" && marks["not run"] === undefined;
}
