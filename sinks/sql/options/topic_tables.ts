/** Checks, without Kafka, whether `${topic}` gives valid table names. @module */

import { invalidValue, parseAs } from "../../../connect/api/config_def.ts";
import { ConfigException, JvmException } from "../../../connect/api/exceptions.ts";
import { JavaPattern } from "../../../connect/java/regex.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { isOneTable, type TableName, tableNameOf } from "../plan/table_name.ts";
import { topicSamples } from "./topic_samples.ts";

interface TopicTableFindings {
  /** Why records of all topics, or of a listed one, stop the task. */
  readonly problem?: string;
  /** Why records of some topics may stop the task. */
  readonly warning?: string;
}

const option = "table.name.format";
const remedy =
  'take the dots out by the transformation RegexRouter (regex=.*\\.([^.]+), replacement=$1), or write "${topic}" in ' +
  "double quotes for tables whose names have the dots";

/**
 * Checks the topics of `topics`, and samples of what `topics.regex` matches, as each RegexRouter renames them. Finds
 * nothing if other transformations may rename topics.
 *
 * @param check throws ConfigException for an invalid table
 *
 * @example
 * ```ts
 * import { topicTableFindings } from "./topic_tables.ts";
 * const debezium = { "topics.regex": "bank1\\.public\\..*" };
 * if (topicTableFindings(debezium, () => {}).problem === undefined) throw new Error("three names are no table");
 * const route = {
 *   transforms: "r",
 *   "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
 *   "transforms.r.regex": ".*\\.([^.]+)",
 *   "transforms.r.replacement": "$1",
 * };
 * if (topicTableFindings({ ...debezium, ...route }, () => {}).problem !== undefined) throw new Error("the dots are out");
 * ```
 */
export function topicTableFindings(props: Props, check: (table: TableName) => void): TopicTableFindings {
  const format = formatOf(props);
  const route = routeOf(props);
  if (isOneTable(format)) return fixedTable(format, check);
  if (route === null) return {};
  const fails = (topic: string) => !isTable(format, route(topic), check);
  const listed = listedTopics(props);
  const wrong = listed.find(fails);
  if (wrong !== undefined) return { problem: invalidValue(option, format, wrongTopic(wrong, route)).message };
  const samples = topicSamples((props["topics.regex"] ?? "").trim());
  if (listed.length > 0 || samples === undefined) return {};
  const { plain, short, dotted } = samples;
  const some = plain.find(fails);
  if (some !== undefined && [...plain, ...short, ...dotted].every(fails)) {
    const why = `No topic that topics.regex matches names a table: ${wrongTopic(some, route)}`;
    return { problem: invalidValue(option, format, why).message };
  }
  // After a RegexRouter, arbitrary text is assumed to have no dots: removing them is its purpose.
  const may = some ?? (hasRouter(props) ? undefined : dotted.find(fails));
  return may === undefined
    ? {}
    : { warning: `is ${format}, and topics.regex can match ${wrongTopic(may, route)}` };
}

function fixedTable(format: string, check: (table: TableName) => void): TopicTableFindings {
  if (isTable(format, "", check)) return {};
  const why = "Expected a table, or a schema and a table with a dot between, of at most 63 bytes each";
  return { problem: invalidValue(option, format, why).message };
}

/** Returns the tables of the listed topics, as far as they are known, each once. */
export function listedTables(props: Props): readonly TableName[] {
  const route = routeOf(props);
  const format = formatOf(props);
  if (isOneTable(format)) return [tableNameOf(format, "")];
  if (route === null) return [];
  const tables = listedTopics(props).map((topic) => tableNameOf(format, route(topic)));
  return [...new Map(tables.map((table) => [JSON.stringify(table), table])).values()];
}

/** A schema that a topic's dot gives, and such a topic. */
export interface NamedSchema {
  readonly schema: string;
  readonly topic: string;
}

/** Returns the schemas that all topics of `topics.regex` give; empty if the pattern allows a choice. */
export function namedSchemas(props: Props): readonly NamedSchema[] {
  const [format, route] = [formatOf(props), routeOf(props)];
  const samples = topicSamples((props["topics.regex"] ?? "").trim());
  if (route === null || samples === undefined || isOneTable(format)) return [];
  const schemaOf = (topic = "") => {
    const text = route(topic);
    return isTable(format, text, () => {}) ? tableNameOf(format, text).schema : null;
  };
  return samples.plain.flatMap((topic, index) => {
    const schema = schemaOf(topic);
    return schema === null || schemaOf(samples.other[index]) !== schema ? [] : [{ schema, topic }];
  });
}

/** Returns the error text for a missing schema. */
export function noSchemaProblem(props: Props, { schema, topic }: NamedSchema): string {
  const why =
    `a topic such as ${topic} names a table of schema ${schema}, and there is no such schema: ${remedy}`;
  return invalidValue(option, formatOf(props), why).message;
}

function formatOf(props: Props): string {
  return (props[option] ?? "${topic}").trim();
}

function listedTopics(props: Props): readonly string[] {
  const topics = parseAs("LIST", "topics", props["topics"] ?? "") as readonly string[];
  return topics.filter((topic) => topic !== ""); // a blank topic is the option's own error
}

function wrongTopic(topic: string, route: (topic: string) => string): string {
  const routed = route(topic);
  const name = routed === topic ? "its name" : `${routed}, which it is renamed to,`;
  return `a topic such as ${topic}, and ${name} is no table, nor a schema and a table of at most 63 bytes each: ${remedy}`;
}

function isTable(format: string, topic: string, check: (table: TableName) => void): boolean {
  try {
    check(tableNameOf(format, topic));
    return true;
  } catch (error) {
    if (error instanceof ConfigException) return false;
    throw error;
  }
}

const regexRouter = "org.apache.kafka.connect.transforms.RegexRouter";
/** Of Connect's and Sluice's transformations only these rename topics. */
const renames = /\.(RegexRouter|TimestampRouter)$/;
const ofConnect = /^(org\.apache\.kafka\.connect|sluice)\.transforms\.[\w$]+$/;

interface Stage {
  readonly type: string;
  readonly options: (name: string) => string | undefined;
}

function stagesOf(props: Props): readonly Stage[] {
  const aliases = parseAs("LIST", "transforms", props["transforms"] ?? "") as readonly string[];
  return aliases.map((alias) => ({
    type: props[`transforms.${alias}.type`] ?? "",
    options: (name: string) => props[`transforms.${alias}.${name}`],
  }));
}

function hasRouter(props: Props): boolean {
  return stagesOf(props).some(({ type }) => type === regexRouter);
}

/** Returns how topics are renamed; null if that depends on the records, or isn't known. */
function routeOf(props: Props): ((topic: string) => string) | null {
  const steps: ((topic: string) => string)[] = [];
  for (const { type, options } of stagesOf(props)) {
    if (type === regexRouter && options("predicate") === undefined) {
      const step = routerStep(options("regex") ?? "", options("replacement") ?? "");
      if (step === null) return null;
      steps.push(step);
    } else if (!leavesTopics({ type, options })) return null;
  }
  return (topic) => steps.reduce((name, step) => step(name), topic);
}

function leavesTopics({ type, options }: Stage): boolean {
  if (type === "io.debezium.transforms.ExtractNewRecordState") {
    return (options("route.by.field") ?? "") === "";
  }
  return ofConnect.test(type) && !renames.test(type);
}

/** Null for what RegexRouter itself refuses. If it fails on a topic, the topic stays: the first record reports it. */
function routerStep(regex: string, replacement: string): ((topic: string) => string) | null {
  const pattern = unlessRefused(() => JavaPattern.compile(regex));
  if (pattern === null) return null;
  return (topic) =>
    unlessRefused(() => pattern.matches(topic) ? pattern.replaceFirst(topic, replacement) : topic) ?? topic;
}

function unlessRefused<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof JvmException) return null;
    throw error;
  }
}
