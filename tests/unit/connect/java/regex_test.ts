/** Patterns and replacements compared with OpenJDK's results: 17's, and 25's where they changed (`\b`). */

import assert from "node:assert/strict";
import { javaClassOf, JvmException } from "../../../../connect/api/exceptions.ts";
import { byName, JavaPattern } from "../../../../connect/java/regex.ts";

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
  ["(a|b\\1)+", "aba", "[$1]", true, "[ba]"],
  ["(a)|\\1b", "b", "x", false, "b"],
  ["(?i)(a\\1)|(A)\\2", "Aa", "[$2]", true, "[A]"],
  ["(?:(a)|b)*", "ab", "[$1]", true, "[a]"],
  ["(a*)*", "aa", "[$1]", true, "[]"],
  ["(a*)+b", "aab", "[$1]", true, "[]"],
  ["(?:a?){3}b", "ab", "x", true, "x"],
  ["a{2,3}?", "aaaa", "x", false, "xaa"],
  ["(?:ab){2,}+a", "abababa", "x", true, "x"],
  ["(?=(a+))\\1b", "aab", "[$1]", true, "[aa]"],
  ["(?!ab)a.", "ac", "x", true, "x"],
  ["(?<=a{1,2})b", "aab", "x", false, "aax"],
  ["(?<=a+)b", "aab", "x", false, "aax"],
  ["(?<!ab|c)d", "abdcd d", "x", false, "abdcd x"],
  ["\\R{2}", "\r\n", "x", false, "\r\n"],
  ["\\R\\n", "\r\n", "x", true, "x"],
  ["(?m)^b$", "a\r\nb\r\n", "x", false, "a\r\nx\r\n"],
  ["(?m)^", "", "x", false, ""],
  ["(?md)a$", "a\r\na\n", "x", false, "a\r\nx\n"],
  ["a\\Z", "a\r\n", "x", false, "x\r\n"],
  ["a\\z", "a\n", "x", false, "a\n"],
  ["\\bé", "aé", "x", false, "ax"],
  ["(?i)\\p{Lu}+", "aB", "x", true, "x"],
  ["(?iu)[\\p{Lu}]+\\p{Alpha}", "aBc", "x", true, "x"],
  ["(?:\\Qab\\E)+", "abab", "x", true, "x"],
  ["\\Qab\\E+", "abb", "x", true, "x"],
  ["a(?s:.)b(?-i)", "a\nb", "x", true, "x"],
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
  ["\\k<no>", "named capturing group <no> does not exist"],
  ["a{3000000000}", "Illegal repetition range"],
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

/** Patterns that a backtracking matcher tries for ever, and names that make it try. */
const endless: readonly (readonly [pattern: string, text: string])[] = [
  ["sec-(a+)+b", `sec-${"a".repeat(45)}`],
  ["(a|aa)+x", "a".repeat(100)],
  ["(\\w*)*\\1z", "a".repeat(249)],
  ["(?=(a*)*b)a.*", "a".repeat(249)],
  ["(?:(?:a{1,100}){1,100}){1,100}b", "a".repeat(249)],
  [".*(?<=(?:a|aa){1,200}b)c", `${"a".repeat(248)}c`],
  ["((((a?)*)*)*)*b", "a".repeat(60)],
  ["(.*)*\\n", "é".repeat(249)],
  ["(?:(.)\\1?)*y", "x".repeat(249)],
];

for (const [pattern, text] of endless) {
  Deno.test(`${pattern} ends in Java's own error, and so does every further name`, () => {
    const compiled = JavaPattern.compile(pattern);
    for (const name of [text, text, "anything"]) {
      assert.equal(outcomeOf(() => String(compiled.matches(name))), "E:java.lang.StackOverflowError");
    }
    const other = JavaPattern.compile(pattern);
    assert.equal(outcomeOf(() => other.replaceFirst(text, "")), "E:java.lang.StackOverflowError");
  });
}

Deno.test("what many names take together is bounded too", () => {
  const pattern = JavaPattern.compile("(.*)-(.*)-(.*)-(.*)z");
  const names = Array.from({ length: 10_000 }, (_, index) => `${"a-".repeat(40)}${index}`);
  const asked = names.findIndex((name) => outcomeOf(() => String(pattern.matches(name))).startsWith("E:"));
  assert.ok(asked > 0 && asked < 1_000, `refused at name ${asked}`);
});

Deno.test("a pattern as they are used is never tired of names", () => {
  const pattern = JavaPattern.compile("(?!_).*\\.(orders|customers)(\\.v\\d+)?");
  for (let index = 0; index < 20_000; index++) {
    assert.equal(pattern.matches(`shop.eu.west.orders.v${index}`), true);
    assert.equal(pattern.matches(`shop.eu.west.returns.v${index}`), false);
  }
});

Deno.test("a text that gets longer and longer ends in an error, and not the process", () => {
  const pattern = JavaPattern.compile("(?:.|x)*");
  assert.equal(
    outcomeOf(() => String(pattern.matches("a".repeat(2_000_000)))),
    "E:java.lang.StackOverflowError",
  );
});

Deno.test("byName() asks once for each name, and again only where there are very many", () => {
  let asked = 0;
  const lengthOf = byName((name) => {
    asked += 1;
    return name.length;
  });
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(["a", "bb", "bb", "a"].map(lengthOf), [1, 2, 2, 1]);
  }
  assert.equal(asked, 2);
  for (let index = 0; index < 30_000; index++) lengthOf(`name-${index}`);
  assert.equal(lengthOf("a"), 1);
});

Deno.test("a pattern of thousands of groups within each other is refused, or works", () => {
  const pattern = `${"(".repeat(2_047)}a${")".repeat(2_047)}`;
  /** With as many calls below it. */
  const matchesBelow = (calls: number): boolean =>
    calls === 0 ? JavaPattern.compile(pattern).matches("a") : matchesBelow(calls - 1);
  for (const calls of [0, 1_000, 2_000, 3_000, 4_000, 5_000]) {
    try {
      assert.ok(matchesBelow(calls));
    } catch (error) {
      assert.ok(error instanceof JvmException, `${calls}: ${error}`);
    }
  }
});
