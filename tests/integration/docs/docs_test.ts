/** Runs the pages' commands, as written and in order, in a copy of the project as a clone has it. */

import { docBlocks } from "../../support/docs/doc_blocks.ts";
import { DocShell } from "../../support/docs/doc_shell.ts";
import { projectFolder } from "../../support/programs/program.ts";
import { followedPages } from "../../tidy/doc_pages.ts";

for (const page of followedPages) {
  const blocks = docBlocks(await Deno.readTextFile(projectFolder + page));
  Deno.test(`${page} can be followed from its first command to its last`, async () => {
    await using shell = await DocShell.open();
    await shell.follow(blocks);
  });
}
