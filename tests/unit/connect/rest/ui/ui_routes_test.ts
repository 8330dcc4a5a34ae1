import assert from "node:assert/strict";
import { MissedErasures } from "../../../../../connect/errors/missed_erasures.ts";
import { MetricsRegistry } from "../../../../../connect/metrics/registry.ts";
import { TaskMetrics } from "../../../../../connect/metrics/task_metrics.ts";
import { restHandler } from "../../../../../connect/rest/rest_handler.ts";
import { uiConnectors, type UiSources } from "../../../../../connect/rest/ui/ui_facts.ts";
import { uiRoutes } from "../../../../../connect/rest/ui/ui_routes.ts";
import type { ConnectorStatus } from "../../../../../connect/runtime/herder/herder.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

const trace = "java.lang.Exception: +55 11 98765-4321";
const failure = { reason: "Expected a table", rule: "42P01", isMistake: false, trace };

function sources(metrics: MetricsRegistry): UiSources {
  const task = { workerId: "w", version: "1", restarts: 2, consumerRebuilds: 0 };
  const status: ConnectorStatus = {
    name: "people",
    type: "sink",
    connector: { state: "RUNNING", workerId: "w", version: "1", failure: null },
    tasks: [
      { ...task, id: 0, state: "RUNNING", failure: null },
      { ...task, id: 1, state: "FAILED", failure },
    ],
  };
  const config = { "topics": "a,b", "table.name.format": "p", "connection.password": "s3cret" };
  return {
    metrics,
    plugins: { find: () => undefined, list: () => [], all: () => [] },
    herder: {
      names: () => ["people"],
      info: () => ({ name: "people", config, taskIds: [0, 1] }),
      status: () => status,
    },
  };
}

Deno.test("numbers of a connector's tasks are added up, and another connector's aren't", () => {
  const metrics = new MetricsRegistry();
  for (const [connector, task] of [["people", 0], ["people", 1], ["others", 0]] as const) {
    const counted = new TaskMetrics(metrics, connector, task);
    counted.recordsRead.add(10);
    counted.latencySeconds.record(0.2);
    counted.count("records-rejected", "phone_missing", task + 1);
    counted.partitionGauges("partition-lag", () => [{ labels: { topic: "a", partition: "0" }, value: 5 }]);
  }
  const [people] = uiConnectors(sources(metrics));
  assert.equal(people?.read, 20);
  assert.equal(people.lag, 10);
  assert.equal(people.tasks[1]?.lag, 5);
  assert.equal(people.latency.count, 2);
  assert.deepEqual(people.reasons, [{ what: "rejected", reason: "phone_missing", count: 3 }]);
});

Deno.test("a failed task says its rule and reason, and neither trace nor password", () => {
  const [people] = uiConnectors(sources(new MetricsRegistry()));
  assert.deepEqual(people?.tasks[1]?.failure, { rule: "42P01", reason: "Expected a table" });
  assert.doesNotMatch(JSON.stringify(people), /98765|s3cret/);
});

const done: number[] = [];
const handler = restHandler({
  routes: uiRoutes({
    facts: () => ({
      ...{ atMs: 1, version: "1", workerId: "w", connectors: [] },
      health: { status: "healthy", message: "" },
      troubles: [],
      stuck: [],
    }),
    passage: () => undefined,
    erasuresDone: (connector, upTo) => {
      if (connector === "people") done.push(upTo);
      return connector === "people";
    },
  }),
  guards: [],
  logger: new FakeLogger(),
  timeout: (ms) => AbortSignal.timeout(ms),
});
const get = (path: string) => handler(new Request(`http://localhost${path}`));

Deno.test("the page and its parts come as what they are, and may load nothing from elsewhere", async () => {
  const types = {
    "/ui": "text/html",
    "/ui/": "text/html",
    "/ui/page.css": "text/css",
    "/ui/page.js": "text/javascript",
  };
  for (const [path, type] of Object.entries(types)) {
    const answer = await get(path);
    assert.equal(answer.headers.get("content-type"), `${type}; charset=utf-8`);
    assert.match(
      answer.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self';/,
    );
    await answer.body?.cancel();
  }
});

Deno.test("everything that the page loads is there", async () => {
  const [page, script, parts] = await Promise.all(
    ["/ui", "/ui/page.js", "/ui/page_parts.js"].map(async (path) => await (await get(path)).text()),
  );
  const loaded = [
    ...(page ?? "").matchAll(/(?:src|href)="(\/[^"]+)"/g),
    ...`${script}${parts}`.matchAll(/from "\.(\/[^"]+)"/g),
  ].map(([, path = ""]) => path.startsWith("/ui") || path.startsWith("/conn") ? path : `/ui${path}`);
  assert.ok(loaded.length >= 5);
  for (const path of loaded.filter((path) => path.startsWith("/ui"))) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    await answer.body?.cancel();
  }
});

Deno.test("erasures are marked as done up to the number that was shown", async () => {
  const ask = async (path: string) => {
    const answer = await handler(new Request(`http://localhost/ui/connectors/${path}`, { method: "DELETE" }));
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await ask("people/erasures?last=17"), 204);
  for (const last of ["", "?last=", "?last=all", "?last=-1", "?last=1e3"]) {
    assert.equal(await ask(`people/erasures${last}`), 400, last);
  }
  assert.equal(await ask("nobody/erasures?last=17"), 404);
  assert.deepEqual(done, [17]);
});

Deno.test("erasures that weren't done are shown by coordinates and rule", () => {
  const missed = new MissedErasures();
  missed.add("people", { topic: "a", partition: 1, offset: 2n ** 60n, rule: "id_invalid" });
  const [people] = uiConnectors({ ...sources(new MetricsRegistry()), erasures: missed });
  const place = { topic: "a", partition: 1, offset: String(2n ** 60n), rule: "id_invalid" };
  assert.deepEqual(people?.erasures, { connector: "people", places: [place], others: 0, last: 1 });
  assert.equal(uiConnectors(sources(new MetricsRegistry()))[0]?.erasures, null);
});

Deno.test("a connector that isn't there has no passage", async () => {
  const answer = await get("/ui/connectors/nobody/passage");
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /Connector nobody not found/);
});
