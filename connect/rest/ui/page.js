/**
 * Asks the process how it is, once a second, and shows that; the buttons are Kafka Connect's own requests.
 *
 * @module
 */

import { grouped, perSecond, quantileBetween, shownRate, shownSeconds } from "./numbers.js";
import { problemsOf, showConnectorState, showProblems, silence } from "./page_problems.js";
import {
  element,
  lineChart,
  numberList,
  passageView,
  setAttribute,
  setText,
  showState,
  table,
} from "./page_parts.js";

const askEveryMs = 1_000;
/** A process that takes longer hangs, or the network swallows everything. */
const answerMsMax = 5_000;
/** Rates and latencies are those of the last so many looks. */
const looksMax = 10;

const numberNames = {
  lag: "Lag, records",
  read: "Read, records/s",
  sent: "Written, records/s",
  half: "Latency p50",
  most: "Latency p99",
  rejected: "Rejected",
};

const cards = new Map();
/** Of the last answer; before the first one of when the page was opened. */
// deno-lint-ignore sluice/clock -- this runs in a browser
let last = { workerId: "", answeredAt: Date.now() };
const byId = (id) => document.getElementById(id);

/** One connector: made once and changed in place, so that the keyboard's focus stays where it is. */
class Card {
  #looks = [];
  #state = element("span", { class: "state" });
  #route = element("p", { class: "route" });
  #failure = element("p", { class: "fate-checked" });
  #numbers = numberList(Object.values(numberNames));
  #chart = lineChart();
  #erasures = element("div", { class: "scroll" });
  #done = element("button", { type: "button" }, "Mark as done");
  #tasks = element("div", { class: "scroll" });
  #reasons = element("div", { class: "scroll" });
  #pause = element("button", { type: "button" });
  #connector;

  constructor(name) {
    const restart = element("button", { type: "button", "aria-label": `Restart ${name}` }, "Restart");
    const passage = element("details", {}, element("summary", {}, "Data flow"));
    restart.addEventListener("click", () => this.#ask("restart", "POST", "restart?includeTasks=true"));
    this.#pause.addEventListener("click", () => {
      const verb = this.#isRunning ? "pause" : "resume";
      this.#ask(verb, "PUT", verb);
    });
    setAttribute(this.#done, "aria-label", `Mark the erasures of ${name} as done`);
    this.#done.addEventListener("click", () => this.#markDone());
    this.#done.hidden = true;
    passage.addEventListener("toggle", () => passage.open && showPassage(name, passage), { once: true });
    const heading = element("h2", {}, name);
    this.article = element(
      "article",
      { "aria-label": name },
      element("div", { class: "head" }, heading, this.#state, this.#route, this.#pause, restart),
      this.#failure,
      this.#erasures,
      this.#done,
      this.#numbers.list,
      this.#chart.svg,
      element("div", { class: "columns" }, this.#tasks, this.#reasons),
      passage,
    );
  }

  get #isRunning() {
    return this.#connector.state !== "PAUSED" && this.#connector.state !== "STOPPED";
  }

  show(connector, atMs) {
    this.#connector = connector;
    this.#looks.push({ connector, atMs });
    if (this.#looks.length > looksMax) this.#looks.shift();
    showConnectorState(this.#state, connector);
    const from = connector.topics.split(",").map((topic) => topic.trim()).join(", ");
    setText(this.#route, from + (connector.table === "" ? "" : ` → ${connector.table}`));
    setText(this.#pause, this.#isRunning ? "Pause" : "Resume");
    setAttribute(this.#pause, "aria-label", `${this.#pause.textContent} ${connector.name}`);
    setText(this.#failure, reasonOf(connector.failure));
    this.#done.hidden = connector.erasures === null;
    this.#erasures.replaceChildren(...connector.erasures === null ? [] : [erasureTable(connector.erasures)]);
    this.#showNumbers(connector, atMs);
    this.#tasks.replaceChildren(taskTable(connector));
    this.#reasons.replaceChildren(reasonTable(connector));
  }

  /** How it is now isn't known. */
  showUnknown() {
    showState(this.#state, "unknown");
    this.#numbers.set(numberNames.lag, "unknown");
  }

  #showNumbers(connector, atMs) {
    const [{ connector: before, atMs: beforeMs }] = this.#looks;
    const seconds = (atMs - beforeMs) / 1_000;
    const sent = perSecond(before.sent, connector.sent, seconds);
    const latency = (share) => shownSeconds(quantileBetween(before.latency, connector.latency, share));
    const isKnown = !connector.tasks.some(readsNothing);
    this.#numbers.set(numberNames.lag, isKnown ? grouped(connector.lag) : "unknown");
    this.#numbers.set(numberNames.read, shownRate(perSecond(before.read, connector.read, seconds)));
    this.#numbers.set(numberNames.sent, shownRate(sent));
    this.#numbers.set(numberNames.half, latency(0.5));
    this.#numbers.set(numberNames.most, latency(0.99));
    this.#numbers.set(numberNames.rejected, grouped(connector.rejected));
    this.#chart.add(sent ?? 0);
  }

  async #ask(what, method, path) {
    await this.#send(what, method, `/connectors/${encodeURIComponent(this.#connector.name)}/${path}`);
  }

  /** Those that are shown, and none that came since. */
  async #markDone() {
    const { name, erasures } = this.#connector;
    if (erasures === null) return;
    const path = `/ui/connectors/${encodeURIComponent(name)}/erasures?last=${erasures.last}`;
    await this.#send("mark erasures as done", "DELETE", path);
  }

  async #send(what, method, path) {
    const { name } = this.#connector;
    const answer = await fetch(path, { method }).catch(() => null);
    if (answer?.ok) return tell(`${name}: ${what} requested`);
    const body = await answer?.json().catch(() => null);
    tell(`${name}: cannot ${what}: ${body?.message ?? "the worker doesn't answer"}`, true);
  }
}

function reasonOf(failure) {
  return failure === null ? "" : failure.reason + (failure.rule === null ? "" : ` (${failure.rule})`);
}

/** The lag of what isn't read isn't known. */
function readsNothing({ state, waitsFor }) {
  return state === "FAILED" || waitsFor.includes("kafka");
}

function taskTable({ tasks }) {
  const rows = tasks.map((task) => {
    const { id, state, partitions, lag, restarts, failure } = task;
    return [
      ...[String(id), state + (failure === null ? "" : `: ${reasonOf(failure)}`)],
      ...[grouped(partitions), readsNothing(task) ? "unknown" : grouped(lag), grouped(restarts)],
    ];
  });
  const columns = ["Task", "State", "Partitions#", "Lag#", "Restarts#"];
  return table(tasks.length === 0 ? "Tasks: none" : "Tasks", columns, rows);
}

/** People who asked to be forgotten and are still there: where their tombstones are. */
function erasureTable({ places, others }) {
  const rows = places.map(({ topic, partition, offset, rule }) => [
    ...[topic, String(partition), String(offset)],
    element("code", {}, rule),
  ]);
  const more = others === 0 ? "" : `, and ${grouped(others)} more in the dead letter queue`;
  return table(
    `Erasures not done: ${grouped(places.length)}${more}`,
    ["Topic", "Partition#", "Offset#", "Rule"],
    rows,
  );
}

function reasonTable({ reasons }) {
  const rows = reasons.map(({ what, reason, count, last = "" }) => [
    what,
    element("span", {}, element("code", {}, reason), ...last === "" ? [] : [placeOf(last)]),
    grouped(count),
  ]);
  return table(
    rows.length === 0
      ? "No rejected records or retries since the worker started"
      : "Rejected records and retries by reason, since the worker started",
    ["Kind", "Reason", "Count#"],
    rows,
  );
}

function placeOf(last) {
  return element("span", { class: "place" }, `last: ${last}`);
}

async function showPassage(name, at) {
  const answer = await fetch(`/ui/connectors/${encodeURIComponent(name)}/passage`).catch(() => null);
  const body = await answer?.json().catch(() => null);
  at.append(
    ...answer?.ok && body !== null
      ? passageView(body)
      : [element("p", { class: "note" }, body?.message ?? "The worker doesn't answer")],
  );
}

function tell(text, isBad = false) {
  const at = byId("message");
  at.className = isBad ? "bad" : "";
  setText(at, text);
}

function show({ atMs, version, workerId, health, troubles, stuck, connectors }) {
  // deno-lint-ignore sluice/clock -- this runs in a browser
  last = { workerId, answeredAt: Date.now() };
  setText(byId("worker"), `version ${version} · ${workerId}`);
  showState(byId("health"), health.status);
  setAttribute(byId("health"), "title", health.message);
  showProblems(byId("problems"), byId("announcement"), problemsOf({ connectors, troubles, stuck, health }));
  const names = new Set(connectors.map(({ name }) => name));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    card.article.remove();
    cards.delete(name);
  }
  for (const connector of connectors) {
    const card = cards.get(connector.name) ?? new Card(connector.name);
    cards.set(connector.name, card);
    card.show(connector, atMs);
    if (!card.article.isConnected) byId("connectors").append(card.article);
  }
  byId("connectors").dataset.count = String(connectors.length);
}

/** The process is gone, hangs, or refuses: green and numbers of before would be a lie. */
function showSilence(why) {
  showState(byId("health"), "no answer");
  setAttribute(byId("health"), "title", why);
  for (const card of cards.values()) card.showUnknown();
  showProblems(byId("problems"), byId("announcement"), [silence({ ...last, why })]);
}

async function look() {
  const signal = AbortSignal.timeout(answerMsMax);
  const answer = await fetch("/ui/facts", { signal }).catch(() => null);
  const facts = answer?.ok ? await answer.json().catch(() => null) : null;
  if (facts !== null) show(facts);
  else {showSilence(
      answer === null || answer.ok ? "it can't be reached" : `it answers with status ${answer.status}`,
    );}
  // deno-lint-ignore sluice/clock -- this runs in a browser
  setTimeout(look, askEveryMs);
}

look();
