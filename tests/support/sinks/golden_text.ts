/** Compares texts with golden files beside a test, and writes those. @module */

import assert from "node:assert/strict";

/**
 * Fails with the differing lines if the file has another text. With `-- --renew` after the test's command it writes the
 * file.
 *
 * @param test the test file's path in the project, for the command
 */
export async function checkGolden(file: URL, text: string, test: string): Promise<void> {
  if (Deno.args.includes("--renew")) return await Deno.writeTextFile(file, text);
  const known = await Deno.readTextFile(file).catch(() => "");
  const name = file.pathname.split("/").at(-1);
  assert.ok(
    text === known,
    `${name} has another text (+ now, - in the file). If that is wanted, write the files anew and read git diff:\n\n` +
      `    deno test -A --no-check --config sandbox/dev.json ${test} -- --renew\n\n${changed(known, text)}`,
  );
}

/** Lines that only one text has, in order. */
function changed(known: string, text: string): string {
  const [before, after] = [known.split("\n"), text.split("\n")];
  const [old, fresh] = [new Set(before), new Set(after)];
  const lines = [
    ...before.filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
  return lines.length === 0 ? "The lines are the same in another order." : lines.join("\n");
}
