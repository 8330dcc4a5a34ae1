/** `topics.regex`: Java's pattern as this runtime reads it. @module */

/**
 * Compiles `topics.regex` so that it matches whole names, as `Matcher.matches` does.
 *
 * @throws SyntaxError where the pattern isn't one
 *
 * @example
 * ```ts
 * import { compileTopicsPattern } from "./topics_pattern.ts";
 * if (compileTopicsPattern("customers").test("customers.old")) throw new Error("the whole name has to match");
 * ```
 */
export function compileTopicsPattern(pattern: string): RegExp {
  new RegExp(pattern); // "a)(b" is no pattern, but would be one between the brackets below
  return new RegExp(`^(?:${pattern})$`);
}

/** What is wrong with a pattern; undefined when nothing is. (`SinkConnectorConfig.RegexValidator`) */
export function topicsPatternProblem(pattern: string): string | undefined {
  try {
    compileTopicsPattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message;
  }
}
