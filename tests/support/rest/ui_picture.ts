/**
 * Takes the picture of the page that the README shows: `deno run -A --config sandbox/dev.json tests/support/rest/ui_picture.ts`.
 *
 * @module
 */

import { sleep } from "../../../sandbox/wait.ts";
import { browserPath, openBrowser } from "./browser.ts";
import { projectFolder } from "../programs/program.ts";
import { startUiWorld } from "./ui_world.ts";

const seconds = 25;
const eventsPerSecond = 400;

const path = browserPath();
if (path === undefined) throw new Error("Cannot take a picture: apt-get install chromium");
await using ui = await startUiWorld();
const browser = await openBrowser(path);
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 600 } });
  await page.goto(`${ui.origin}/ui`);
  await page.getByText("Data flow").click();
  for (let second = 0; second < seconds; second++) {
    await ui.world.bank1.happen(Math.round(eventsPerSecond * (1 + Math.sin(second / 3) / 3)));
    await sleep(1_000);
  }
  await page.screenshot({ path: `${projectFolder}docs/ui.png`, fullPage: true });
} finally {
  await browser.close();
}
