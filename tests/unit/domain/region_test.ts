import assert from "node:assert/strict";
import { readRegion, regionCharactersMax } from "../../../domain/region.ts";

const read = (value: unknown) => {
  const result = readRegion(value);
  return result.ok ? result.value : result.rule;
};

Deno.test("a region is any text, without the blanks around it", () => {
  assert.equal(read(" SP "), "SP");
  assert.equal(read("São Paulo / Capital"), "São Paulo / Capital");
});

Deno.test("absent, null and blank are not known, which is no error", () => {
  for (const value of [undefined, null, "", " \t"]) assert.equal(read(value), null);
});

Deno.test("a region has at most 64 characters and no control characters, and is text", () => {
  assert.equal(read("a".repeat(regionCharactersMax)), "a".repeat(regionCharactersMax));
  for (const value of ["a".repeat(regionCharactersMax + 1), "S\u0000P", "S\nP", 35n, {}, "\ud800"]) {
    assert.equal(read(value), "region_invalid");
  }
});

Deno.test("a region is written in any direction, and turns none", () => {
  for (const region of ["القاهرة", "ירושלים", "تهران\u200cشمال"]) assert.equal(read(region), region);
  for (const value of ["S\u202eP", "\u2066SP\u2069"]) assert.equal(read(value), "region_invalid");
});
