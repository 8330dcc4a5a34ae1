import assert from "node:assert/strict";
import { nameCharactersMax, readContactName } from "../../../domain/contact_name.ts";

const rule = (value: unknown) => {
  const result = readContactName(value);
  return result.ok ? `ok: ${result.value}` : `${result.rule} ${result.field}`;
};

Deno.test("a name that is clean stays as it is", () => {
  for (const name of ["Ana", "João da Silva", "Þóra Ørsted", "O'Neil-Souza Jr.", "李小龍", "Nguyễn Văn An"]) {
    assert.equal(rule(name), `ok: ${name.normalize("NFC")}`);
  }
});

Deno.test("blanks around a name don't count and those within become one", () => {
  assert.equal(rule("\t Ana\u00a0 \r\n Lima\ufeff "), "ok: Ana Lima");
});

Deno.test("two spellings of the same letters are one name", () => {
  assert.equal(rule("Conceic\u0327a\u0303o"), "ok: Conceição");
  assert.equal(rule("Ç" + "a\u0303"), "ok: Çã");
});

Deno.test("absent, null and blank are missing", () => {
  for (const value of [undefined, null, "", "  ", "\n\u00a0"]) assert.equal(rule(value), "name_missing name");
});

Deno.test("what isn't text is invalid", () => {
  for (const value of [17n, 1.5, true, {}, ["Ana"]]) assert.equal(rule(value), "name_invalid name");
});

Deno.test("control characters and halves of characters are invalid", () => {
  for (const value of ["a\u0000b", "Ana\u0007", "\u0085Ana", "Ana\u007f", "Ana \ud83d", "\udc69"]) {
    assert.equal(rule(value), "name_invalid name");
  }
});

Deno.test("characters that turn the direction of the text around them are invalid", () => {
  for (const code of [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069]) {
    assert.equal(rule(`Ana${String.fromCharCode(code)}Lima`), "name_invalid name");
    assert.equal(rule(`${String.fromCharCode(code)}Ana`), "name_invalid name");
  }
});

Deno.test("letters written right to left, their marks and joiners are a name's own", () => {
  const names = [
    ...["محمد علي", "דוד בן־גוריון", "علی\u200cرضا", "क्\u200dषमा", "മഞ്ജു\u200d", "Ana 👩\u200d🚀"],
    ...["דוד\u200f", "Ana\u200e", "علي\u061c"],
  ];
  for (const name of names) assert.equal(rule(name), `ok: ${name.normalize("NFC")}`);
});

Deno.test("a name has at most 200 characters, counted as people do", () => {
  const astral = "👩".repeat(nameCharactersMax);
  assert.equal(rule(astral), `ok: ${astral}`);
  assert.equal(rule("a".repeat(nameCharactersMax)), `ok: ${"a".repeat(nameCharactersMax)}`);
  assert.equal(rule("a".repeat(nameCharactersMax + 1)), "name_invalid name");
  assert.equal(rule(astral + "a"), "name_invalid name");
  assert.equal(rule(" ".repeat(500) + "Ana"), "ok: Ana");
});
