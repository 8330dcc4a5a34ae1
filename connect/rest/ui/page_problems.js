/**
 * What is wrong now, on top of the page: that the worker doesn't answer, what has FAILED, what is away.
 *
 * @module
 */

import { element, setText } from "./page_parts.js";

/** Most partitions and most tasks that one line names. */
const waitsMax = 10;
const tasksMax = 10;

/** Problems as titles and texts, the worst first. */
export function problemsOf({ connectors, troubles, stuck, health }) {
  const failures = connectors.flatMap(failuresOf).toSorted((a, b) => Number(b.isBad) - Number(a.isBad));
  const still = stuck.map((text) => ({ isBad: true, title: "A task makes no progress", text: `${text}.` }));
  const isLong = health.status === "unhealthy" && still.length === 0 && !failures.some(({ isBad }) => isBad);
  const away = troubles.map((trouble) => ({
    isBad: isLong,
    title: `${trouble.where} is away`,
    text: awayText(trouble),
  }));
  const bad = failures.filter(({ isBad }) => isBad);
  return [...bad, ...still, ...failures.filter(({ isBad }) => !isBad), ...away];
}

/** The worker itself doesn't answer: all that is shown is old. */
export function silence({ workerId, answeredAt, why }) {
  return {
    isBad: true,
    title: `This worker${workerId === "" ? "" : ` (${workerId})`} doesn't answer`,
    text: `No answer since ${timeText(answeredAt)}: ${why}. The data below is from then. Check that ` +
      "the worker runs and can be reached; this page keeps trying.",
  };
}

/**
 * Changes what is shown only where it is something else. A screen reader is told the titles, and not again for each
 * second that a text counts.
 */
export function showProblems(at, announcement, problems) {
  const key = JSON.stringify(problems);
  if (at.dataset.key === key) return;
  const isFirst = at.dataset.key === undefined;
  at.dataset.key = key;
  const titles = problems.map(({ title }) => title).join(". ");
  setText(announcement, titles === "" && !isFirst ? "No problems any more" : titles);
  at.replaceChildren(...problems.map(({ isBad, title, text }) =>
    element(
      "div",
      { class: isBad ? "problem bad" : "problem" },
      element("strong", {}, title),
      element("p", {}, text),
    )
  ));
}

/** A connector is as well as its tasks are. */
export function showConnectorState(at, { state, tasks }) {
  const failed = tasks.filter((task) => task.state === "FAILED").length;
  const waits = tasks.some(({ waitsFor }) => waitsFor.length > 0);
  const restarting = tasks.filter((task) => task.state !== "FAILED" && task.failure !== null).length;
  if (failed === 0 && restarting > 0) {
    setText(at, `${state}, ${restarting} of ${tasks.length} tasks RESTARTING`);
    at.dataset.state = "degraded";
  } else if (failed > 0) {
    setText(at, `${state}, ${failed} of ${tasks.length} tasks FAILED`);
    at.dataset.state = "FAILED";
  } else {
    setText(at, waits ? `${state}, waiting` : state);
    at.dataset.state = waits ? "degraded" : state;
  }
}

function failuresOf({ name, state, failure, tasks }) {
  const own = state === "FAILED"
    ? [{ isBad: true, title: `Connector ${name} is FAILED`, text: reasonOf(failure) }]
    : [];
  return [
    ...own,
    ...tasks.filter((task) => task.failure !== null).map((task) => ({
      isBad: task.state === "FAILED",
      title: `Task ${name}-${task.id} is ${task.state}`,
      text: reasonOf(task.failure),
    })),
  ];
}

function reasonOf(failure) {
  if (failure === null) return "";
  return failure.reason + (failure.rule === null ? "" : ` (${failure.rule})`);
}

/** Names, and how many more there are. */
function listed(texts, max, others = 0) {
  const more = Math.max(0, texts.length - max) + others;
  return texts.slice(0, max).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function timeText(time) {
  return new Date(time).toLocaleString("en-GB", { timeZoneName: "short" });
}

function awayText({ since, reason, tasks, waits, waits_not_shown: others = 0 }) {
  const places = waits
    .map(({ topic, partition, offset }) => `${topic}-${partition}${offset === null ? "" : `@${offset}`}`);
  return [
    `Since ${timeText(since)}: ${reason}.`,
    tasks.length === 0 ? "" : `Waiting tasks: ${listed(tasks, tasksMax)}.`,
    places.length === 0 ? "" : `Waiting from offset: ${listed(places, waitsMax, others)}.`,
  ].filter((text) => text !== "").join(" ");
}
