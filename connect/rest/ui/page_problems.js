/**
 * What is wrong now, on top of the page: what has FAILED first, then what is away.
 *
 * @module
 */

import { element, setText } from "./page_parts.js";

/** Most partitions that one line names. */
const waitsMax = 10;

/** Problems as titles and texts, the worst first. */
export function problemsOf({ connectors, troubles, health }) {
  const failures = connectors.flatMap(failuresOf);
  const away = troubles.map((trouble) => ({
    isBad: false,
    title: `${trouble.where} is away`,
    text: awayText(trouble),
  }));
  const known = [...failures, ...away];
  if (health.status !== "unhealthy" || failures.length > 0) return known;
  return [{ isBad: true, title: "Unhealthy", text: health.message }, ...known];
}

/** Changes what is shown only where it is something else. */
export function showProblems(at, problems) {
  const key = JSON.stringify(problems);
  if (at.dataset.key === key) return;
  at.dataset.key = key;
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
  if (failed > 0) {
    setText(at, `${state}, ${failed} of ${tasks.length} tasks FAILED`);
    at.dataset.state = "FAILED";
  } else {
    setText(at, waits ? `${state}, waits` : state);
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

function awayText({ since, reason, tasks, waits }) {
  const places = waits.slice(0, waitsMax)
    .map(({ topic, partition, offset }) => `${topic}-${partition}${offset === null ? "" : `@${offset}`}`);
  const more = waits.length > waitsMax ? ` and ${waits.length - waitsMax} more` : "";
  const at = new Date(since).toLocaleString("en-GB", { timeZoneName: "short" });
  return [
    `Since ${at}: ${reason}.`,
    tasks.length === 0 ? "" : `Tasks that wait: ${tasks.join(", ")}.`,
    places.length === 0 ? "" : `From offset on: ${places.join(", ")}${more}.`,
  ].filter((text) => text !== "").join(" ");
}
