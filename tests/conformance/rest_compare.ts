/** Whether an answer is the recorded one, but for what no two workers have in common. @module */

import type { RawAnswer } from "../support/rest/raw_http.ts";
import { type Instead, ownGroups, ownOptions } from "./rest_differences.ts";
import type { RecordedAnswer, RecordedStep } from "./rest_recording.ts";

/** What is not as the list of differences has it; undefined where all is. */
export function insteadProblem(
  recorded: RecordedStep,
  instead: Instead,
  answer: RawAnswer,
): string | undefined {
  if (typeof instead === "function") {
    return answerDifference({ ...recorded, response: instead(recorded.response) }, answer);
  }
  const body = bodyOf(answer, recorded.request.method);
  const text = isObject(body) && typeof body["message"] === "string" ? body["message"] : answer.text;
  const isSo = answer.status === instead.status && instead.text.test(text);
  return isSo ? undefined : `${instead.status} ${instead.text} became ${answer.status} ${short(text)}`;
}

/** What is different, in one line; undefined where nothing is. */
export function answerDifference(
  { step, request, response }: RecordedStep,
  answer: RawAnswer,
): string | undefined {
  if (answer.status !== response.status) {
    return `status ${response.status} became ${answer.status}: ${short(answer.text)}`;
  }
  for (const [name, expected] of headersOf(response)) {
    const actual = answer.headers.get(name) ?? null;
    if (actual !== expected) return `${name}: ${expected} became ${actual}`;
  }
  if (response.text !== undefined) {
    return answer.text === response.text
      ? undefined
      : `text ${short(response.text)} became ${short(answer.text)}`;
  }
  const expected = canonical(step, response.body ?? null);
  const actual = canonical(step, bodyOf(answer, request.method));
  return expected === actual ? undefined : firstDifference(expected, actual);
}

function headersOf(
  { contentType, allow, location }: RecordedAnswer,
): readonly (readonly [string, string | null])[] {
  return [["content-type", contentType], ["allow", allow ?? null], ["location", location ?? null]];
}

function bodyOf({ text }: RawAnswer, method: string): unknown {
  if (method === "HEAD" || text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return { "no JSON": text };
  }
}

/** Lists of plugins and of loggers are of the JVM; here their form counts. */
const listsOfClasses = new Set(["plugins", "plugins_all", "plugins_true", "plugins_bogus"]);
const listsOfLoggers = new Set(["loggers", "loggers_after"]);

function canonical(step: string, body: unknown): string {
  if (listsOfClasses.has(step) && Array.isArray(body)) {
    return JSON.stringify(formOf(withoutSources(body), ["type"]));
  }
  if (listsOfLoggers.has(step) && isObject(body)) return JSON.stringify(formOf(Object.values(body), []));
  return JSON.stringify(normal(body, ""), null, 1);
}

/** Sources are no plugins of a worker that has none. */
function withoutSources(list: readonly unknown[]): readonly unknown[] {
  return list.filter((entry) => !isObject(entry) || entry["type"] !== "source");
}

/** Each form once: names of members with the types of their values, or the values where these are told apart. */
function formOf(list: readonly unknown[], shown: readonly string[]): readonly string[] {
  const forms = list.map((entry) =>
    isObject(entry)
      ? Object.entries(entry).map(([name, value]) =>
        `${name}=${shown.includes(name) ? value : kindOf(value)}`
      ).join()
      : kindOf(entry)
  );
  return [...new Set(forms)].sort();
}

function kindOf(value: unknown): string {
  return value === null || typeof value === "number" ? "time" : typeof value;
}

/** Members whose values differ from worker to worker. */
const ownValues: ReadonlySet<string> = new Set(["commit", "kafka_cluster_id", "last_modified"]);
/** Texts of our own: what an option is for. */
const ownTexts: ReadonlySet<string> = new Set(["documentation"]);
/** Lists whose order says something. */
const ordered: ReadonlySet<string> = new Set(["errors", "dependents"]);
/** Objects in no order, since Java's maps have none. */
const isMap = (entries: readonly string[]) =>
  entries.includes("connector.class") || entries.some((key) => /^(or[ /-]|123)/.test(key));

function normal(value: unknown, name: string): unknown {
  if (ownValues.has(name)) return "<own>";
  if (name === "trace") return classOf(String(value));
  if (name === "message") return String(value).replace(/(available connectors are: ).*/s, "$1<classes>");
  if (Array.isArray(value)) return normalList(value, name);
  if (!isObject(value)) return value;
  const names = Object.keys(value).filter((key) => !ownTexts.has(key));
  if (isMap(names)) names.sort();
  return Object.fromEntries(names.map((key) => [key, normal(value[key], key)]));
}

function normalList(list: readonly unknown[], name: string): unknown {
  if (name === "recommended_values") return recommended(list);
  if (name === "configs") return Object.fromEntries(list.filter(isShared).map(named).sort(byName));
  if (name === "groups") return groupsOf(list);
  const entries = list.filter(isShared).map((entry) => normal(entry, ""));
  if (ordered.has(name)) return entries;
  return entries.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

/** Not an option of our own. */
function isShared(entry: unknown): boolean {
  if (!isObject(entry)) return true;
  const definition = isObject(entry["definition"]) ? entry["definition"] : entry;
  return !ownOptions.includes(String(definition["name"]));
}

/** Java gives the options of converters and transformations in no order; what forms go by are group and place. */
function named(option: unknown): readonly [string, unknown] {
  const definition = isObject(option) ? option["definition"] : undefined;
  return [isObject(definition) ? String(definition["name"]) : "", normal(option, "")];
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The four that are always there, then the others. */
function groupsOf(groups: readonly unknown[]): readonly unknown[] {
  const shared = groups.filter((group) => !ownGroups.includes(String(group)));
  return [...shared.slice(0, 4), ...shared.slice(4).sort()];
}

/** Classes to choose from are those that a worker has. */
function recommended(values: readonly unknown[]): unknown {
  return values.some((value) => String(value).includes(".")) ? "<classes>" : values;
}

/** A trace begins with the class of what was thrown. */
function classOf(trace: string): string {
  return trace.split(":")[0] ?? "";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstDifference(expected: string, actual: string): string {
  const [left, right] = [expected.split("\n"), actual.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const index = at < 0 ? left.length : at;
  return `${short(left.slice(index, index + 3).join(" "))} became ${
    short(right.slice(index, index + 3).join(" "))
  }`;
}

function short(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length})`;
}
