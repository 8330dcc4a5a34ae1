/** Confusable names on the page of the control API, in a real browser. */

import assert from "node:assert/strict";
import { restHandler } from "../../../connect/rest/rest_handler.ts";
import type { UiConnector } from "../../../connect/rest/ui/ui_facts.ts";
import { uiRoutes } from "../../../connect/rest/ui/ui_routes.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { browserPath, openBrowser } from "../../support/rest/browser.ts";
import { FakeLogger } from "../../support/fakes/fake_logger.ts";

const danger = "a\u202eb\u2066\x1b\u200f\u2028<b>\ufeff";
const shown = String.raw`a\u202eb\u2066\u001b\u200f\u2028<b>\ufeff`;
// deno-lint-ignore no-control-regex -- that is what isn't there
const unseen = /[\u001b\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** A path can't have control characters, so a name can't either. */
const [name, shownName] = [danger.replace("\x1b", ""), shown.replace(String.raw`\u001b`, "")];
const failure = { reason: danger, rule: danger };
const connector: UiConnector = {
  ...{ name, state: danger, failure, topics: danger, table: danger },
  ...{ lag: 0, read: 0, sent: 0, rejected: 0, latency: { count: 0, buckets: [] } },
  reasons: [{ what: "rejected", reason: danger, count: 1, last: danger }],
  tasks: [{ id: 0, state: danger, failure, restarts: 0, partitions: 0, lag: 0, waitsFor: [] }],
  erasures: {
    ...{ connector: danger, others: 0, last: 1 },
    places: [{ topic: danger, partition: 0, offset: "1", rule: danger }],
  },
};
const handler = restHandler({
  routes: uiRoutes({
    facts: () => ({
      ...{ atMs: 1, version: danger, workerId: danger, connectors: [connector] },
      health: { status: "unhealthy", message: danger },
      stuck: [danger],
      troubles: [{
        ...{ what: danger, where: danger, since: danger, reason: danger, tasks: [danger] },
        waits: [{ topic: danger, partition: 0, offset: "1" }],
      }],
    }),
    passage: () =>
      Promise.resolve({
        topics: [{
          topic: danger,
          fields: [{ field: danger, fate: "kept", columns: [danger] }],
          others: 1,
        }],
        ...{ columns: [danger], added: [danger], source: "options" },
      }),
    erasuresDone: () => false,
  }),
  guards: [],
  logger: new FakeLogger(),
  timeout: (ms) => AbortSignal.timeout(ms),
});

const path = browserPath();

if (path === undefined) {
  Deno.test("names are shown by a browser, where there is one", () => {
    assert.equal(Deno.env.get("CI"), undefined, "Chromium is expected here: apt-get install chromium");
    console.warn("NOT TRIED: names in a browser, as there is none; apt-get install chromium");
  });
} else {
  Deno.test({
    name: "the page shows characters that turn directions or can't be seen as escapes",
    // The browser's driver keeps timers and a pipe until the process ends.
    ...{ sanitizeOps: false, sanitizeResources: false },
    fn: () => inBrowser(path),
  });
}

async function inBrowser(executable: string): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const browser = await openBrowser(executable);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(waitMsMax);
    await page.goto(`http://127.0.0.1:${server.addr.port}/ui`);
    await page.getByText("Data flow").click();
    await page.locator("details tbody tr").first().waitFor();
    await page.getByRole("button", { name: `Mark the erasures of ${shownName} as done` }).click();
    await page.locator("#message.bad").waitFor();
    const texts = await page.evaluate<readonly string[]>(`[...document.querySelectorAll("body *")]
      .flatMap((at) => [...at.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data))`);
    const labels = await page.evaluate<readonly string[]>(`[...document.querySelectorAll("body *")]
      .flatMap((at) => ["title", "aria-label"].map((name) => at.getAttribute(name) ?? ""))`);
    for (const text of [...texts, ...labels]) assert.doesNotMatch(text, unseen);
    assert.ok(
      texts.filter((text) => text.includes(shown) || text.includes(shownName)).length >= 12,
      texts.join(" | "),
    );
    assert.ok(labels.filter((text) => text.includes(shownName)).length >= 4, labels.join(" | "));
    assert.equal(await page.locator("b").count(), 0, "a name is no markup");
  } finally {
    await browser.close();
  }
}
