import assert from "node:assert/strict";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import { foreignSpellings, homeSpellings, phoneOf, regions } from "../../../../sandbox/bank1/phones.ts";
import { seededRandom } from "../../../../sandbox/bank1/random.ts";

Deno.test("every spelling of every number is possible and means that number", () => {
  const random = seededRandom(1);
  for (const region of regions) {
    for (let count = 0; count < 30; count++) {
      const phone = phoneOf(random, region);
      for (const spell of phone.startsWith("+55") ? homeSpellings : foreignSpellings) {
        const parsed = parsePhoneNumberFromString(spell(phone), "BR");
        assert.equal(parsed?.number, phone, `read from "${spell(phone)}"`);
        assert.ok(parsed.isPossible(), `"${spell(phone)}" is possible`);
      }
    }
  }
});

Deno.test("no two spellings are the same", () => {
  const spellings = homeSpellings.map((spell) => spell("+5511987654321"));
  assert.equal(new Set(spellings).size, homeSpellings.length);
});
