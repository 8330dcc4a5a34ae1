import assert from "node:assert/strict";
import { spellingsMax, spellingsOf } from "../../../../cli/governance/id_spellings.ts";

Deno.test("a number has its spellings, the canonical one first", () => {
  const spellings = spellingsOf("12");
  assert.equal(spellings[0], "12");
  for (
    const stored of [
      ...["012", "0012", "00000000000000000012", "+12", "12.0", "12.00", '"12"', "\uff11\uff12"],
      ...[" 12", "12 ", " 12 ", "\t12", "12\t", "12\n", "12\r\n", "12\r", " 012", "12.0 ", ' "12"'],
    ]
  ) {
    assert.ok(spellings.includes(stored), JSON.stringify(stored));
  }
  assert.equal(new Set(spellings).size, spellings.length, "each once");
  for (const other of ["120", "112", "1 2", "-12", "000000000000000000012", "12.5", "0xc"]) {
    assert.ok(!spellings.includes(other), other);
  }
});

Deno.test("whichever spelling is given, the number is the same", () => {
  for (const given of ["012", " 12", "12 ", "12.0", "12.", "+12", '"12"', "\uff11\uff12", "\u00a012\n"]) {
    assert.equal(spellingsOf(given)[0], "12", given);
    assert.deepEqual(spellingsOf(given).slice(1).filter((spelling) => spelling === "12"), []);
  }
  assert.ok(spellingsOf("12.000").includes("12.000"), "also one that isn't in the set");
});

Deno.test("zero and what is below it", () => {
  assert.equal(spellingsOf("-0")[0], "0");
  for (const stored of ["-0", "00", "+0", "0.0"]) assert.ok(spellingsOf("0").includes(stored), stored);
  const below = spellingsOf("-3");
  assert.equal(below[0], "-3");
  for (const stored of ["-03", "-3.0", " -3"]) assert.ok(below.includes(stored), stored);
  for (const other of ["3", "+3", "+-3", "--3"]) assert.ok(!below.includes(other), other);
});

Deno.test("what is no number has one spelling, as it is given", () => {
  const others = [
    "",
    " ",
    "C-12",
    "1e1",
    "12.5",
    "1,2",
    "1 2",
    "0x0c",
    "--1",
    "+",
    '"',
    '""',
    "9".repeat(20),
  ];
  for (const id of others) assert.deepEqual(spellingsOf(id), [id]);
});

Deno.test("the set is bounded, for the longest number too", () => {
  for (const id of ["0", "-9223372036854775808", "9223372036854775807"]) {
    assert.ok(spellingsOf(id).length <= spellingsMax);
  }
});
