/** What the page shows during failures, in a real browser: wide, on a phone, in the dark. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { type OutageCase, OutageWorld } from "../../chaos/outage_seen.ts";
import { browserPath, openBrowser } from "../../support/rest/browser.ts";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";

const path = browserPath();
const topic = "seen.events";
/** Folder for screenshots; none if empty. */
const picturesIn = Deno.env.get("UI_PICTURES") ?? "";
const kafkaDown: OutageCase = { program: "connect", what: "Kafka", how: "refuses", isLoaded: false };
const databaseDown: OutageCase = { ...kafkaDown, what: "Database" };

interface Seen {
  readonly world: OutageWorld;
  readonly worker: ConnectProgram;
  readonly page: Page;
}

if (path === undefined) {
  Deno.test("the page says what is wrong, where there is a browser", () => {
    assert.equal(Deno.env.get("CI"), undefined, "Chromium is expected here: apt-get install chromium");
    console.warn("NOT TRIED: the page in a browser, as there is none; apt-get install chromium");
  });
} else {
  Deno.test({
    name: "the page says what is wrong",
    // The browser's driver keeps timers and a pipe until the process ends.
    ...{ sanitizeOps: false, sanitizeResources: false },
    fn: (t) => inBrowser(path, t),
  });
}

async function inBrowser(executable: string, t: Deno.TestContext): Promise<void> {
  await using world = await OutageWorld.open();
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: world.kafka.bootstrap,
    CONNECT_OFFSET_FLUSH_INTERVAL_MS: "500",
  };
  await using worker = await startConnect({ variables });
  const browser = await openBrowser(executable);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(waitMsMax);
    await page.goto(`${worker.url}/ui`);
    for (const [name, step] of Object.entries(steps)) await t.step(name, () => step({ world, worker, page }));
  } finally {
    await browser.close();
  }
}

const steps: Readonly<Record<string, (seen: Seen) => Promise<void>>> = {
  "all well: no banner, and green": async (seen) => {
    const config = { ...seen.world.config(kafkaDown), "errors.tolerance": "all" };
    await seen.worker.ask("POST", "/connectors", { name: "seen", config });
    await produce(seen, '{"id":1}');
    await shown(seen.page, "article .state", /^RUNNING$/);
    await shown(seen.page, "#problems", /^$/);
    await shown(seen.page, "#health", /^healthy$/);
    await pictures(seen.page, "well");
  },

  "rejected records: by rule, with the last one's place and nothing of it": async (seen) => {
    await produce(seen, "s3cret", "s3cret", "s3cret");
    await shown(seen.page, "article", /rejected\s*json_unreadable\s*last: seen\.events-0@3\s*3/);
    assert.doesNotMatch(await seen.page.content(), /s3cret/);
    await pollUntil(
      "the log",
      waitMsMax,
      () =>
        /Records rejected: \d by json_unreadable, the last at seen\.events-0@\d/.test(
          seen.worker.program.log(),
        ) ||
        undefined,
    );
    assert.doesNotMatch(seen.worker.program.log(), /s3cret/);
    await pictures(seen.page, "rejected");
  },

  "Kafka away: who, where, since when and from which offset on": async (seen) => {
    await seen.world.takeAway(kafkaDown);
    const where = `Kafka at ${seen.world.kafka.bootstrap} (bootstrap.servers) is away`;
    await shown(seen.page, "#problems", new RegExp(`^${escaped(where)}Since .*: .*ECONNREFUSED`));
    await shown(seen.page, "#problems", /Waiting tasks: seen-0\. Waiting from offset: .*seen\.events-0@4/);
    await shown(seen.page, "#health", /^degraded$/);
    await shown(seen.page, "article .state", /^RUNNING, waiting$/);
    await shown(seen.page, "article .numbers", /Lag, recordsunknown/);
    await pictures(seen.page, "kafka-away");
  },

  "both away": async (seen) => {
    await seen.world.takeAway(databaseDown);
    await shown(seen.page, "#problems", /Kafka at .* is away.*Database at .*\(connection\.url\) is away/);
    await pictures(seen.page, "both-away");
  },

  "database away": async (seen) => {
    await seen.world.giveBack(kafkaDown);
    await shown(seen.page, "#problems", /^Database at 127\.0\.0\.1:\d+\/seen \(connection\.url\) is away/);
    assert.doesNotMatch(await seen.page.content(), /postgres:[^/]*@/, "no password");
    await pictures(seen.page, "database-away");
    await seen.world.giveBack(databaseDown);
    await shown(seen.page, "#problems", /^$/);
    await shown(seen.page, "#health", /^healthy$/);
  },

  "a FAILED task comes first, red, with its reason in full": async (seen) => {
    await seen.worker.ask("POST", "/connectors", { name: "strict", config: seen.world.config(kafkaDown) });
    await shown(
      seen.page,
      "#problems .problem.bad",
      /^Task strict-0 is FAILEDTolerance exceeded in error handler: .*offset 1, .*rule json_unreadable/,
    );
    const card = "article[aria-label=strict] .state";
    await shown(seen.page, card, /^RUNNING, 1 of 1 tasks FAILED$/);
    assert.equal(await seen.page.locator(card).getAttribute("data-state"), "FAILED");
    const health = await seen.worker.ask("GET", "/health");
    assert.equal(health.status, 500);
    assert.match(health.text, /Connector strict has FAILED tasks: 0/);
    await shown(seen.page, "#health", /^unhealthy$/);
    await pictures(seen.page, "failed");
  },

  "a worker that hangs, and one that is gone: no answer since, and nothing is green": async (seen) => {
    await seen.worker.ask("DELETE", "/connectors/strict");
    await shown(seen.page, "#problems", /^$/);
    const says =
      /This worker \(.*\) doesn't answerNo answer since .*: it can't be reached\. The data below is from then/;
    seen.worker.program.signal("SIGSTOP");
    await shown(seen.page, "#problems .problem.bad", says);
    await shown(seen.page, "#announcement", /^This worker \(.*\) doesn't answer$/);
    await shown(seen.page, "article .state", /^unknown$/);
    await shown(seen.page, "#health", /^no answer$/);
    await pictures(seen.page, "silent");
    seen.worker.program.signal("SIGCONT");
    await shown(seen.page, "#problems", /^$/);
    await shown(seen.page, "article .state", /^RUNNING$/);
    seen.worker.program.signal("SIGKILL");
    await shown(seen.page, "#problems .problem.bad", says);
  },
};

async function produce({ world }: Seen, ...values: readonly string[]): Promise<void> {
  const producer = kafkaClient(world.kafka.bootstrap).producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });
  await producer.disconnect();
}

async function shown(page: Page, selector: string, text: RegExp): Promise<void> {
  let last = "";
  const look = async () => {
    last = (await page.locator(selector).allTextContents()).join("").trim();
    return text.test(last) || undefined;
  };
  await pollUntil(`${selector} to say ${text}`, waitMsMax, look).catch((error) => {
    throw new Error(`${error.message}; it says: ${last}`);
  });
}

/** Wide, on a phone and in the dark: nothing overflows. Saves screenshots if a folder is set. */
async function pictures(page: Page, name: string): Promise<void> {
  for (
    const [kind, width, colorScheme] of [
      ["wide", 1_280, "light"],
      ["phone", 360, "light"],
      ["dark", 1_280, "dark"],
    ] as const
  ) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const isInside = await page.evaluate("document.documentElement.scrollWidth <= innerWidth");
    assert.ok(isInside, `${name}, ${kind}: something overflows`);
    const picture = await page.screenshot({ fullPage: true });
    if (picturesIn !== "") await Deno.writeFile(join(picturesIn, `${name}-${kind}.png`), picture);
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.()]/g, "\\$&");
}
