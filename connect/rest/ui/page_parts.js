/**
 * The parts of the page. Everything that comes from the process is set as text, so that a name can never be markup, and
 * characters that turn the direction of what is around them, or that can't be seen, are shown as escapes.
 *
 * @module
 */

import { grouped, linePoints } from "./numbers.js";
import { visibleText } from "./visible_text.js";

/** An element with attributes, and children that are elements or texts. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children.map((child) => typeof child === "string" ? visibleText(child) : child));
  return made;
}

/** Says a state in words, and in a colour beside them. */
export function showState(at, state) {
  setText(at, state);
  at.dataset.state = state;
}

/** Changes a text only where it is another one: a screen reader isn't told the same twice. */
export function setText(at, text) {
  const shown = visibleText(text);
  if (at.textContent !== shown) at.textContent = shown;
}

/** Changes an attribute, which a pointer or a screen reader shows. */
export function setAttribute(at, name, text) {
  at.setAttribute(name, visibleText(text));
}

/** A table of texts; a column whose name ends with `#` holds numbers. */
export function table(caption, columns, rows) {
  const cell = (tag, column, content, attributes = {}) =>
    element(tag, { ...(column.endsWith("#") ? { class: "number" } : {}), ...attributes }, content);
  const head = columns.map((column) => cell("th", column, column.replace(/#$/, ""), { scope: "col" }));
  const body = rows.map((row) => element("tr", {}, ...row.map((text, at) => cell("td", columns[at], text))));
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
}

const line = { width: 600, height: 48, count: 60 };
const svgNames = "http://www.w3.org/2000/svg";

/** A line over the last minute. */
export function lineChart() {
  const svg = document.createElementNS(svgNames, "svg");
  svg.setAttribute("viewBox", `0 0 ${line.width} ${line.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const points = document.createElementNS(svgNames, "polyline");
  svg.append(points);
  const values = [];
  return {
    svg,
    add(value) {
      values.push(value);
      if (values.length > line.count) values.shift();
      points.setAttribute("points", linePoints(values, line));
      const most = grouped(Math.max(...values));
      svg.setAttribute("aria-label", `Records written per second over the last minute, at most ${most}`);
    },
  };
}

/** Names with their numbers: `set` changes one. */
export function numberList(names) {
  const values = new Map(names.map((name) => [name, element("dd", {}, "–")]));
  const entries = names.map((name) => element("div", {}, element("dt", {}, name), values.get(name)));
  return {
    list: element("dl", { class: "numbers" }, ...entries),
    set: (name, text) => setText(values.get(name), text),
  };
}

const fates = {
  kept: "kept",
  transformed: "transformed",
  checked: "checked, not written",
  dropped: "dropped",
};

/** The data flow: the fields of each topic and the columns they are written to. */
export function passageView({ topics, columns, added, source }) {
  const tables = topics.map(({ topic, fields, others }) => {
    const rows = fields.map(({ field, fate, columns }) => [
      element("code", {}, field),
      element("span", { class: `fate-${fate}` }, fates[fate]),
      columns.join(", "),
    ]);
    const fate = columns === undefined ? "not limited by egress.columns" : "not copied";
    const more = others === 0 ? "" : `; ${grouped(others)} other fields, ${fate}`;
    return element(
      "div",
      { class: "scroll" },
      table(`${topic}${more}`, ["Field", "Result", "Column"], rows),
    );
  });
  const out = columns === undefined ? "every field of the record" : columns.join(", ");
  const notes = [
    `Columns that may be written: ${out}.`,
    added.length === 0 ? "" : `Set by the sink, not from a field: ${added.join(", ")}.`,
    source === "example"
      ? "Found by changing each field of the connector's example in turn."
      : "Derived from the options, since the connector has no example.",
  ];
  return [
    element("p", { class: "note" }, notes.filter((note) => note !== "").join(" ")),
    element("div", { class: "columns" }, ...tables),
  ];
}
