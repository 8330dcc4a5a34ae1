/** `topics.regex`: a pattern of Java. @module */

import { JvmException } from "../api/exceptions.ts";
import { JavaPattern } from "../api/java_regex.ts";

/**
 * Compiles `topics.regex` to what matches whole names, as `Matcher.matches` does.
 *
 * @throws JvmException `PatternSyntaxException` where the pattern isn't one
 *
 * @example
 * ```ts
 * import { compileTopicsPattern } from "./topics_pattern.ts";
 * if (compileTopicsPattern("customers").test("customers.old")) throw new Error("the whole name has to match");
 * ```
 */
export function compileTopicsPattern(pattern: string): RegExp {
  return JavaPattern.compile(pattern).whole;
}

/** What is wrong with a pattern; undefined when nothing is. (`SinkConnectorConfig.RegexValidator`) */
export function topicsPatternProblem(pattern: string): string | undefined {
  try {
    compileTopicsPattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof JvmException)) throw error;
    return error.connectText;
  }
}
