/** Patterns and replacements against what OpenJDK 17 returned. */

import assert from "node:assert/strict";
import { javaClassOf, JvmException } from "../../../../connect/api/exceptions.ts";
import { JavaPattern } from "../../../../connect/api/java_regex.ts";

/** Pattern, text, replacement, whether the whole text matches, text or class of the exception after replaceFirst. */
const outcomes: readonly (readonly [string, string, string, boolean, string])[] = [
  ["bank1\\.(public)\\.(.*)", "bank1.public.customers", "$2", true, "customers"],
  ["a|ab", "ab", "x", true, "xb"],
  ["(.*?)(\\d*)", "topic-12", "$1", true, "topic-12"],
  ["(?i)ORDERS\\.(.*)", "orders.eu", "$1", true, "eu"],
  ["\\w+", "açaí", "x", false, "xçaí"],
  ["(?U)\\w+", "açaí", "x", true, "x"],
  ["[a-z&&[^aeiou]]+", "xyz", "v", true, "v"],
  ["[a-c[x-z]]+", "axz", "v", true, "v"],
  ["\\p{Alpha}+\\.\\p{Digit}{2,3}", "abc.123", "ok", true, "ok"],
  ["(?<env>prod|dev)-(?<name>.*)", "prod-orders", "${name}.${env}", true, "orders.prod"],
  ["a++b", "aaab", "x", true, "x"],
  ["a++a", "aaa", "x", false, "aaa"],
  ["(?>a|ab)c", "abc", "x", false, "abc"],
  ["\\Qa.b\\E.*", "a.bc", "x", true, "x"],
  ["(a)(b)?", "a", "[$1$2]", true, "[a]"],
  ["(\\w)\\1", "aa", "d", true, "d"],
  ["(a)", "a", "$10", true, "a0"],
  ["(a)", "a", "$2", true, "E:java.lang.IndexOutOfBoundsException"],
  ["(a)", "a", "${x}", true, "E:java.lang.IllegalArgumentException"],
  ["(a)", "a", "\\$1", true, "$1"],
  ["(a)", "a", "b\\", true, "E:java.lang.IllegalArgumentException"],
  ["(a)", "a", "$", true, "E:java.lang.IllegalArgumentException"],
  ["a$", "a\n", "x", false, "x\n"],
  ["(?s)a.b", "a\nb", "x", true, "x"],
  ["a.b", "a\nb", "x", false, "a\nb"],
  ["(?x) a b # two\n c", "abc", "x", true, "x"],
  ["(?<!_)orders", "orders", "x", true, "x"],
  ["\\x61\\u0062\\t", "ab\t", "x", true, "x"],
  ["^$", "", "x", true, "x"],
  ["[]a]+", "]a", "x", true, "x"],
  ["😀+", "😀😀", "x", true, "x"],
];

/** Pattern, first words of what Java says. */
const refused: readonly (readonly [string, string])[] = [
  ["(a", "Unclosed group"],
  ["[a", "Unclosed character class"],
  ["*a", "Dangling meta character '*'"],
  ["a**", "Dangling meta character '*'"],
  ["a)", "Unmatched closing ')'"],
  ["a{2,1}", "Illegal repetition range"],
  ["\\y", "Illegal/unsupported escape sequence"],
  ["\\p{Nope}", "Unknown character property name {Nope}"],
];

for (const [pattern, text, replacement, matches, replaced] of outcomes) {
  Deno.test(`${JSON.stringify(pattern)} does to ${JSON.stringify(text)} what Java's does, with ${replacement}`, () => {
    const compiled = JavaPattern.compile(pattern);
    assert.equal(compiled.matches(text), matches);
    assert.equal(outcomeOf(() => compiled.replaceFirst(text, replacement)), replaced);
  });
}

for (const [pattern, words] of refused) {
  Deno.test(`${JSON.stringify(pattern)} is refused as Java refuses it`, () => {
    assert.throws(
      () => JavaPattern.compile(pattern),
      (error) =>
        error instanceof JvmException && error.javaClass === "java.util.regex.PatternSyntaxException" &&
        error.message.startsWith(`${words} near index `),
    );
  });
}

for (const pattern of ["\\p{InGreek}", "\\X", "\\G", "\\N{DIGIT ONE}"]) {
  Deno.test(`${pattern}, which is not supported, is refused instead of misread`, () => {
    assert.throws(() => JavaPattern.compile(pattern), JvmException);
  });
}

Deno.test("a pattern of endless groups is refused, and doesn't end the stack", () => {
  const pattern = "(".repeat(50_000) + ")".repeat(50_000);
  assert.throws(() => JavaPattern.compile(pattern), /more than 4096 characters/);
});

function outcomeOf(operation: () => string): string {
  try {
    return operation();
  } catch (error) {
    return `E:${javaClassOf(error)}`;
  }
}
