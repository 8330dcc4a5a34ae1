/** Checks across options. (`org.apache.kafka.connect.runtime.SinkConnectorConfig.validate`) @module */

import { blankEntryProblem, invalidValue, parseAs } from "../api/config_def.ts";
import { ConfigException } from "../api/exceptions.ts";
import type { Props } from "../api/sink_task.ts";
import { compileTopicsPattern, topicsPatternProblem } from "./topics_pattern.ts";

/** Error texts by option. */
export type Problems = ReadonlyMap<string, readonly string[]>;

const deadLetterTopic = "errors.deadletterqueue.topic.name";

/**
 * Reports blank entries in alias lists. Connect only says that `transforms..type` is missing.
 *
 * @example
 * ```ts
 * import { validateAliasLists } from "./topics_validation.ts";
 * if (!validateAliasLists({ transforms: "contact," }).has("transforms")) throw new Error("a blank alias is an error");
 * ```
 */
export function validateAliasLists(props: Props): Problems {
  const problems = ["transforms", "predicates"].flatMap((name) => {
    const problem = blankEntryProblem(name, parseAs("LIST", name, props[name] ?? ""));
    return problem === undefined ? [] : [[name, [problem]] as const];
  });
  return new Map(problems);
}

/**
 * Checks that one of `topics` and `topics.regex` is set, and that no dead letter topic is read; Connect's
 * texts.
 *
 * @example
 * ```ts
 * import { validateTopics } from "./topics_validation.ts";
 * const problems = validateTopics({ "topics.regex": "a.*", "errors.deadletterqueue.topic.name": "a.dlq" });
 * if (!problems.has("errors.deadletterqueue.topic.name")) throw new Error("it would read its own dead letters");
 * ```
 */
export function validateTopics(props: Props): Problems {
  const topics = parseAs("LIST", "topics", props["topics"] ?? "") as readonly string[];
  const pattern = (props["topics.regex"] ?? "").trim();
  const both = oneOfTwo(topics.length > 0, pattern !== "");
  if (both !== undefined) return new Map([["topics", [both]], ["topics.regex", [both]]]);
  const deadLetters = (props[deadLetterTopic] ?? "").trim();
  const unnamable = [["topics", topics], [deadLetterTopic, deadLetters === "" ? [] : [deadLetters]]] as const;
  const problems = unnamable.flatMap(([option, names]) => {
    const wrong = names.find((name) => name !== "" && !isTopicName(name));
    return wrong === undefined ? [] : [[option, [topicNameProblem(option, wrong)]] as const];
  });
  if (problems.length > 0) return new Map(problems);
  if (deadLetters === "") return new Map();
  try {
    const loop = loopProblem(deadLetters, topics, pattern);
    return loop === undefined ? new Map() : new Map([[deadLetterTopic, [loop]]]);
  } catch (error) {
    if (!(error instanceof ConfigException)) throw error;
    return new Map([["topics.regex", [error.message]]]); // matching this name takes too many steps
  }
}

/** Topic names that Kafka accepts. (`org.apache.kafka.common.internals.Topic`) */
function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}

function topicNameProblem(option: string, name: string): string {
  return invalidValue(
    option,
    name,
    "Kafka's topics have names of up to 249 letters, digits, dots, dashes and underscores",
  ).message;
}

function oneOfTwo(hasTopics: boolean, hasPattern: boolean): string | undefined {
  if (hasTopics && hasPattern) {
    return "topics and topics.regex are mutually exclusive options, but both are set.";
  }
  return hasTopics || hasPattern ? undefined : "Must configure one of topics or topics.regex";
}

function loopProblem(deadLetters: string, topics: readonly string[], pattern: string): string | undefined {
  if (topics.includes(deadLetters)) {
    return `The DLQ topic '${deadLetters}' may not be included in the list of topics ('topics=[${
      topics.join(", ")
    }]') consumed by the connector`;
  }
  const matched = pattern !== "" && topicsPatternProblem(pattern) === undefined &&
    compileTopicsPattern(pattern).test(deadLetters);
  return matched
    ? `The DLQ topic '${deadLetters}' may not be matched by the regex for the topics ('topics.regex=${pattern}') consumed by the connector`
    : undefined;
}
