/** The page of the control API in a real browser, on a working worker. */

import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import postgres from "postgres";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { browserPath, openBrowser } from "../../support/rest/browser.ts";
import { startUiWorld, type UiWorld } from "../../support/rest/ui_world.ts";

const path = browserPath();

if (path === undefined) {
  Deno.test("the page is shown by a browser, where there is one", () => {
    assert.equal(Deno.env.get("CI"), undefined, "Chromium is expected here: apt-get install chromium");
    console.warn("NOT TRIED: the page in a browser, as there is none; apt-get install chromium");
  });
} else {
  Deno.test({
    name: "the page in a browser",
    // The browser's driver keeps timers and a pipe until the process ends.
    ...{ sanitizeOps: false, sanitizeResources: false },
    fn: (t) => inBrowser(path, t),
  });
}

async function inBrowser(executable: string, t: Deno.TestContext): Promise<void> {
  await using ui = await startUiWorld();
  const browser = await openBrowser(executable);
  try {
    const seen = await openPage(browser, ui);
    for (const [name, step] of Object.entries(steps)) await t.step(name, () => step(seen));
  } finally {
    await browser.close();
  }
}

interface Seen {
  readonly ui: UiWorld;
  readonly page: Page;
  readonly hosts: ReadonlySet<string>;
  readonly problems: readonly string[];
  /** All answers that the page received. */
  readonly bodies: readonly Promise<string>[];
}

async function openPage(browser: Browser, ui: UiWorld): Promise<Seen> {
  const page = await browser.newPage();
  page.setDefaultTimeout(waitMsMax);
  const [hosts, problems, bodies] = [new Set<string>(), [] as string[], [] as Promise<string>[]];
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("response", (response) => bodies.push(response.text().catch(() => "")));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(`${ui.origin}/ui`);
  return { ui, page, hosts, problems, bodies };
}

const shows = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
const state = (page: Page) => page.locator("article .state").textContent();
const becomes = (page: Page, wanted: string) =>
  pollUntil(`state ${wanted}`, waitMsMax, async () => await state(page) === wanted || undefined);
const numberOf = async (page: Page, name: string) =>
  await page.locator("dt", { hasText: name }).locator("xpath=../dd").textContent();

const steps: Readonly<Record<string, (seen: Seen) => Promise<void>>> = {
  "it shows connector, tasks and what was rejected by its reason": async ({ page }) => {
    await becomes(page, "RUNNING");
    await shows(page, "json_unreadable");
    assert.equal(await page.title(), "Sluice");
    assert.equal(await page.getByRole("row", { name: /^[01] RUNNING/ }).count(), 2);
    await pollUntil(
      "all rows to have arrived",
      waitMsMax,
      async () =>
        await numberOf(page, "Lag, records") === "0" && await numberOf(page, "Rejected") === "1" || undefined,
    );
  },

  "it shows throughput and latency while events happen": async ({ ui, page }) => {
    await ui.world.bank1.happen(300);
    await pollUntil(
      "a rate",
      waitMsMax,
      async () => !/^[0–]$/.test(await numberOf(page, "Written") ?? "0") || undefined,
    );
    await pollUntil(
      "a latency",
      waitMsMax,
      async () => / m?s$/.test(await numberOf(page, "Latency p50") ?? "") || undefined,
    );
  },

  "it shows an erasure that wasn't done, until somebody marks it as done": async ({ ui, page }) => {
    const topic = ui.world.topics.registration;
    await sendTombstoneWithoutKey(ui.world.bootstrap, topic);
    await shows(page, /^Erasures not done: 1$/);
    const row = page.getByRole("row", { name: new RegExp(`^${topic} [0-9]+ [0-9]+ id_missing$`) });
    await row.waitFor({ timeout: waitMsMax });
    const health = await (await fetch(`${ui.origin}/health`)).json();
    assert.equal(health.status, "healthy");
    const [{ connector, places: [place] }] = health.details.erasures_not_done;
    assert.equal(connector, "telesales");
    assert.deepEqual([place.topic, place.rule, typeof place.partition, typeof place.offset], [
      ...[topic, "id_missing", "number", "number"],
    ]);
    assert.match(ui.program.log(), /An erasure was not done: a tombstone of an erasure topic was rejected/);
    await page.getByRole("button", { name: "Mark the erasures of telesales as done" }).click();
    await row.waitFor({ state: "detached", timeout: waitMsMax });
    assert.equal((await (await fetch(`${ui.origin}/health`)).json()).details, undefined);
  },

  "it shows what goes in and what comes out": async ({ page }) => {
    await page.getByText("Data flow").click();
    const rows = page.locator("details tbody tr");
    await rows.first().waitFor();
    const texts = (await rows.allTextContents()).map((text) => text.trim());
    const expected = ["regionkeptregion", "phonetransformedphone", "emaildropped", "cpfdropped"]
      .concat("customer_idtransformedcontact_key", "customer.regionkeptregion", "card.numberdropped");
    for (const row of expected) assert.ok(texts.includes(row), `${row} is not in ${texts.join(" | ")}`);
  },

  "it counts fields that nobody has declared, and doesn't name them": async ({ ui, page }) => {
    const caption = page.locator("details caption", { hasText: "customers.purchases" });
    assert.match(await caption.textContent() ?? "", /; \d+ other fields, not copied$/);
    const answer = await fetch(`${ui.origin}/ui/connectors/telesales/passage`);
    assert.doesNotMatch(await answer.text(), /items\[\]\.sku/);
  },

  "the keyboard alone pauses and resumes, and stays where it was": async ({ page }) => {
    await page.getByRole("button", { name: "Pause telesales" }).focus();
    await page.keyboard.press("Enter");
    await becomes(page, "PAUSED");
    const label = () => page.evaluate("document.activeElement.getAttribute('aria-label')");
    assert.equal(await label(), "Resume telesales");
    await page.keyboard.press("Space");
    await becomes(page, "RUNNING");
    await page.keyboard.press("Tab");
    assert.equal(await label(), "Restart telesales");
    await page.keyboard.press("Enter");
    await shows(page, "telesales: restart requested");
    await becomes(page, "RUNNING");
  },

  "everything can be reached by the keyboard, in the order it is read": async ({ page }) => {
    await page.reload();
    await becomes(page, "RUNNING");
    const reached: unknown[] = [];
    for (let count = 0; count < 4; count++) {
      await page.keyboard.press("Tab");
      const focus = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent";
      reached.push(await page.evaluate(focus));
    }
    const all = reached.join(", ");
    for (const name of ["Pause telesales", "Restart telesales", "Data flow"]) {
      assert.ok(reached.includes(name), `${name} is not among ${all}`);
    }
  },

  "texts can be read in light and in dark": async ({ page }) => {
    const backs = new Set<string>();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const { back, worst } = await page.evaluate<Contrast>(contrastScript);
      backs.add(back);
      assert.ok(worst.ratio >= 4.5, `${colorScheme}: ${worst.what} has a contrast of ${worst.ratio}`);
    }
    assert.equal(backs.size, 2, "light and dark differ");
  },

  "a narrow window needs no scrolling sideways": async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 800 });
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
  },

  "nothing comes from elsewhere and nothing is blocked": ({ ui, hosts, problems }) => {
    assert.deepEqual([...hosts], [new URL(ui.origin).host]);
    assert.deepEqual(problems, []);
    return Promise.resolve();
  },

  "no customer's value was sent to it": async ({ ui, page, bodies }) => {
    const sql = postgres(ui.world.adminUrl, { max: 1, onnotice: () => {} });
    const people = await sql<{ name: string; phone: string }[]>`
      select name, phone from telesales.contacts`.finally(() => sql.end());
    const all = (await Promise.all(bodies)).join("\n") + await page.content();
    assert.ok(people.length > 100, "there are people whose values could be shown");
    const shown = people.filter(({ name, phone }) => all.includes(name) || all.includes(phone));
    assert.equal(shown.length, 0);
  },

  "it says so when the process is gone, and keeps what it knew": async ({ ui, page }) => {
    ui.program.signal("SIGTERM");
    await ui.program.ended;
    await shows(page, "no answer");
    assert.equal(await page.locator("article h2").textContent(), "telesales");
  },
};

async function sendTombstoneWithoutKey(bootstrap: string, topic: string): Promise<void> {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages: [{ key: null, value: null }] });
  } finally {
    await producer.disconnect();
  }
}

interface Contrast {
  readonly back: string;
  readonly worst: { readonly ratio: number; readonly what: string };
}

/** Contrast of all texts against their backgrounds. (WCAG 2.2, 1.4.3) */
const contrastScript = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (at) => {
    for (let node = at; node !== null; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const ratios = [...document.querySelectorAll("body *")]
    .filter((at) => [...at.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ""))
    .map((at) => {
      const [a, b] = [getComputedStyle(at).color, behind(at)].map(luminance);
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return { ratio, what: at.tagName + "." + at.className };
    });
  return { back: behind(document.body), worst: ratios.sort((a, b) => a.ratio - b.ratio)[0] };
})()`;
