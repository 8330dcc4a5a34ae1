/** Every page's commands, as written and in their order, in a copy of the project as a clone has it. */

import { docBlocks, hasCommands } from "../support/doc_blocks.ts";
import { DocShell } from "../support/doc_shell.ts";
import { projectFolder } from "../support/program.ts";
import { pages } from "../tidy/doc_pages.ts";

for (const page of pages()) {
  const blocks = docBlocks(await Deno.readTextFile(projectFolder + page));
  if (!hasCommands(blocks)) continue;
  Deno.test(`${page} can be followed from its first command to its last`, async () => {
    await using shell = await DocShell.open();
    await shell.follow(blocks);
  });
}
