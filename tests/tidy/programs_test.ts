import assert from "node:assert/strict";
import { isSource, sourceFiles, textOf } from "./source_files.ts";

const folders = ["sandbox/", "testing/", "tests/integration/", "tests/support/"];

/** The two launchers, the shared servers, which watch the test process, and the tests of all these. */
const allowed: readonly string[] = [
  "sandbox/owned_folder.ts",
  "sandbox/owned_process.ts",
  "tests/integration/cli/programs_end_test.ts",
  "tests/integration/sandbox/sandbox_life_test.ts",
  "tests/support/world.ts",
];

Deno.test("tests and sandbox start programs by sandbox/owned_process.ts, so that none outlives them", async () => {
  const paths = (await sourceFiles()).filter((path) =>
    isSource(path) && folders.some((folder) => path.startsWith(folder))
  );
  const found: string[] = [];
  for (const path of paths) {
    if (/new Deno\.Command\(|child_process/.test(await textOf(path))) found.push(path);
  }
  assert.deepEqual(found, allowed);
});
