/** Compiles `topics.regex`, a Java regular expression. @module */

import { ConfigException, JvmException } from "../api/exceptions.ts";
import { byName, JavaPattern } from "../java/regex.ts";
import type { TopicPattern } from "../api/ports.ts";

/**
 * Compiles `topics.regex`. The pattern must match whole names, as with `Matcher.matches`.
 *
 * `test` throws ConfigException if matching takes too many steps.
 *
 * @throws JvmException `PatternSyntaxException` if the pattern is invalid
 *
 * @example
 * ```ts
 * import { compileTopicsPattern } from "./topics_pattern.ts";
 * if (compileTopicsPattern("customers").test("customers.old")) throw new Error("the whole name must match");
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

/** Returns an invalid pattern's error, or undefined. (`SinkConnectorConfig.RegexValidator`) */
export function topicsPatternProblem(pattern: string): string | undefined {
  try {
    compileTopicsPattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof JvmException)) throw error;
    return error.connectText;
  }
}
