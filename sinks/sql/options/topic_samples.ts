/** Makes topic names that a pattern matches, for checks without Kafka. @module */

import { JvmException } from "../../../connect/api/exceptions.ts";
import { JavaPattern } from "../../../connect/java/regex.ts";
import type { RegexNode } from "../../../connect/java/regex_node.ts";
import { parsePattern } from "../../../connect/java/regex_parser.ts";

interface TopicSamples {
  /** One per alternative of the pattern: with dots only where the pattern has them. */
  readonly plain: readonly string[];
  /** The same without the optional parts. */
  readonly short: readonly string[];
  /** As `plain`, in the same order, with other characters where the pattern allows a choice. */
  readonly other: readonly string[];
  /** With dots in parts that match any text, such as `.*`. */
  readonly dotted: readonly string[];
}

interface Making {
  /** Whether `x*` and `x?` become nothing. */
  readonly mayBeNothing: boolean;
  /** Text for a repeated class that matches letters and dots; null = a letter. */
  readonly anyText: string | null;
  /** Characters of topic names; a class gets the first that it matches. */
  readonly characters: string;
}

/** Further alternatives aren't tried. */
const samplesMax = 200;
/** Kafka's limit for a topic's name. */
const topicCharactersMax = 249;
const dottedText = "x.x.x";

/**
 * Returns samples of what a pattern matches; undefined for an invalid pattern, or if no sample is found.
 *
 * @example
 * ```ts
 * import { topicSamples } from "./topic_samples.ts";
 * const samples = topicSamples("bank1\\.(people|orders-.*)");
 * if (samples?.plain.join() !== "bank1.people,bank1.orders-x") throw new Error(String(samples?.plain));
 * if (samples.dotted.at(-1) !== "bank1.orders-x.x.x") throw new Error("any text may have dots");
 * ```
 */
export function topicSamples(pattern: string): TopicSamples | undefined {
  try {
    const { node } = parsePattern(pattern);
    const compiled = JavaPattern.compile(pattern);
    const made = (making: Partial<Making>) =>
      textsOf(node, { mayBeNothing: false, anyText: null, characters, ...making }).filter((text) =>
        text !== "" && text.length <= topicCharactersMax && compiled.matches(text)
      );
    const plain = made({});
    if (plain.length === 0) return undefined;
    return {
      plain,
      short: made({ mayBeNothing: true }),
      other: made({ characters: otherCharacters }),
      dotted: made({ anyText: dottedText }),
    };
  } catch (error) {
    if (error instanceof JvmException || error instanceof SyntaxError) return undefined; // the error of topics.regex itself
    throw error;
  }
}

function textsOf(node: RegexNode, making: Making): readonly string[] {
  switch (node.kind) {
    case "char":
      return [String.fromCodePoint(node.code)];
    case "set":
      return oneOf(node.text, making.characters);
    case "sequence":
      return node.parts.reduce<readonly string[]>((done, part) => joined(done, textsOf(part, making)), [""]);
    case "choice":
      return node.ways.flatMap((way) => textsOf(way, making)).slice(0, samplesMax);
    case "repeat":
      return repeated(node, making);
    case "group":
    case "atomic":
      return textsOf(node.body, making);
    case "never":
      return [];
    case "look":
    case "assertion":
    case "reference":
      return [""]; // the whole sample is matched later
  }
}

function repeated(
  { body, min, max }: Extract<RegexNode, { readonly kind: "repeat" }>,
  making: Making,
): readonly string[] {
  const times = Math.min(max, Math.max(min, 1));
  if (times > topicCharactersMax) return [];
  const once = textsOf(body, making);
  const set = innermost(body);
  const takesAnyText = making.anyText !== null && max === Infinity && set.kind === "set" &&
    takesDots(set.text);
  return [
    ...making.mayBeNothing && min === 0 ? [""] : [],
    ...takesAnyText ? [`${making.anyText}`.padEnd(min, "x")] : once.map((text) => text.repeat(times)),
  ].slice(0, samplesMax);
}

function innermost(node: RegexNode): RegexNode {
  return node.kind === "group" || node.kind === "atomic" ? innermost(node.body) : node;
}

function joined(starts: readonly string[], ends: readonly string[]): readonly string[] {
  return starts.flatMap((start) => ends.map((end) => start + end)).slice(0, samplesMax);
}

/** Characters of topic names, the usual first, the dot last. */
const characters = "xX1-_abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ023456789.";
const otherCharacters = `${[...characters.slice(0, -1)].reverse().join("")}.`;

/** A character of the class: a dot only if it has no other. */
function oneOf(set: string, among: string): readonly string[] {
  const pattern = new RegExp(`^${set}$`, "v");
  const found = [...among].find((character) => pattern.test(character));
  return found === undefined ? [] : [found];
}

function takesDots(set: string): boolean {
  const pattern = new RegExp(`^${set}$`, "v");
  return pattern.test(".") && pattern.test("x");
}
