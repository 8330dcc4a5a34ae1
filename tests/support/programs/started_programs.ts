/** A test that starts one of each kind of program and never ends: `programs_end_test.ts` kills it. @module */

import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { browserPath, openBrowser } from "../rest/browser.ts";
import { DocShell } from "../docs/doc_shell.ts";
import { startTask } from "./program.ts";
import { sharedWorld } from "../world.ts";

const { bootstrap } = await sharedWorld();

Deno.test("programs are started", async () => {
  await using shell = await DocShell.open();
  await using database = await startPostgres();
  await using worker = startTask("connect", {
    variables: { CONNECT_BOOTSTRAP_SERVERS: bootstrap, CONNECT_LISTENERS: "http://127.0.0.1:0" },
  });
  const text = "(trap '' INT TERM HUP; while :; do sleep 1; done) &\necho runs\nwait";
  await shell.follow([{ language: "sh", text, line: 1, marks: { "runs on until": "runs" } }]);
  const browser = browserPath();
  if (browser !== undefined) await openBrowser(browser);
  console.log(`all run: postgres ${database.pid}, worker ${worker.pid}`);
  await new Promise(() => setInterval(() => {}, 1_000));
});
