/** Names of topics that a pattern matches, for checks without Kafka. @module */

import { JvmException } from "../../../connect/api/exceptions.ts";
import { JavaPattern } from "../../../connect/java/regex.ts";
import type { RegexNode } from "../../../connect/java/regex_node.ts";
import { parsePattern } from "../../../connect/java/regex_parser.ts";

/** Names that a pattern matches. */
interface TopicSamples {
  /** One for each of the pattern's alternatives: dots only where the pattern itself writes one. */
  readonly plain: readonly string[];
  /** The same with everything left out that may be missing. */
  readonly short: readonly string[];
  /** As `plain`, one for one, with other characters where the pattern leaves the choice. */
  readonly other: readonly string[];
  /** With dots in what stands for any text, such as `.*`. */
  readonly dotted: readonly string[];
}

/** What samples are made by. */
interface Making {
  /** Whether `x*` and `x?` are made of nothing, too. */
  readonly mayBeNothing: boolean;
  /** Text for a repeated class that takes letters and dots; null = a letter. */
  readonly anyText: string | null;
  /** What a topic's name is made of; of a class the first that fits. */
  readonly characters: string;
}

/** More alternatives than that aren't tried. */
const samplesMax = 200;
/** Kafka's own limit of a topic's name. */
const topicCharactersMax = 249;
const dottedText = "x.x.x";

/**
 * Samples of what a pattern matches; undefined for one that is no pattern, or of which no sample is found.
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
    if (error instanceof JvmException || error instanceof SyntaxError) return undefined; // said of topics.regex itself
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
      return [""]; // whether it holds is tried with the whole
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

/** What a topic's name is made of, the usual first, the dot last. */
const characters = "xX1-_abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ023456789.";
const otherCharacters = `${[...characters.slice(0, -1)].reverse().join("")}.`;

/** A character of the class, a dot only where there is no other. */
function oneOf(set: string, among: string): readonly string[] {
  const pattern = new RegExp(`^${set}$`, "v");
  const found = [...among].find((character) => pattern.test(character));
  return found === undefined ? [] : [found];
}

function takesDots(set: string): boolean {
  const pattern = new RegExp(`^${set}$`, "v");
  return pattern.test(".") && pattern.test("x");
}
