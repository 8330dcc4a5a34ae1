/** `topics.regex`: a pattern of Java. @module */

import { ConfigException, JvmException } from "../api/exceptions.ts";
import { byName, JavaPattern } from "../java/regex.ts";
import type { TopicPattern } from "../api/ports.ts";

/**
 * Compiles `topics.regex` to what matches whole names, as `Matcher.matches` does.
 *
 * `test` throws ConfigException for a pattern that takes too many steps.
 *
 * @throws JvmException `PatternSyntaxException` where the pattern isn't one
 *
 * @example
 * ```ts
 * import { compileTopicsPattern } from "./topics_pattern.ts";
 * if (compileTopicsPattern("customers").test("customers.old")) throw new Error("the whole name has to match");
 * ```
 */
export function compileTopicsPattern(pattern: string): TopicPattern {
  const compiled = JavaPattern.compile(pattern);
  return { test: byName((topic) => isMatch(compiled, topic)) };
}

function isMatch(pattern: JavaPattern, topic: string): boolean {
  try {
    return pattern.matches(topic);
  } catch (cause) {
    if (!(cause instanceof JvmException)) throw cause;
    throw new ConfigException(`Cannot match topics.regex: ${cause.message}`, { cause });
  }
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
