/** Makes every mistake of the list with the real program. `SLUICE_WRITE_MISTAKES=1` writes docs/mistakes.md again. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { writeMistakeFiles } from "../../support/programs/mistake_files.ts";
import { mistakeKinds } from "../../support/programs/mistake_list.ts";
import { mistakesPage, transcript, tryMistake } from "../../support/programs/mistakes.ts";
import { projectFolder } from "../../support/programs/program.ts";

const page = join(projectFolder, "docs/mistakes.md");
/** Programs that run at one time. */
const rows = 2;

async function transcripts(folder: string): Promise<readonly (readonly [string, readonly string[]])[]> {
  const found = mistakeKinds.map(({ title, mistakes }) =>
    [title, Array<string>(mistakes.length).fill("")] as const
  );
  const waiting = mistakeKinds.flatMap(({ mistakes }, kind) =>
    mistakes.map((mistake, index) => ({ mistake, kind, index }))
  ).values();
  await Promise.all(Array.from({ length: rows }, async () => {
    for (const { mistake, kind, index } of waiting) {
      const result = await tryMistake(mistake, folder);
      const text = transcript(mistake, result, folder);
      if (mistake.shell === undefined || mistake.code === 1) {
        assert.equal(result.code, mistake.code ?? 2, text);
        assert.notEqual(result.stderr.trim(), "", text);
      }
      assert.doesNotMatch(result.stderr + result.stdout, /s3cret|^\s+at .*:\d+|Unexpected|undefined/m, text);
      const [, transcripts = []] = found[kind] ?? [];
      transcripts[index] = text;
    }
  }));
  return found;
}

Deno.test("each mistake is answered by a sentence and an exit code, as docs/mistakes.md shows", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeMistakeFiles(folder);
    const text = mistakesPage(await transcripts(folder));
    if (Deno.env.get("SLUICE_WRITE_MISTAKES") !== undefined) await Deno.writeTextFile(page, text);
    assert.equal(text, await Deno.readTextFile(page));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
