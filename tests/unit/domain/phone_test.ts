import assert from "node:assert/strict";
import { getCountries, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import fc from "fast-check";
import { PhoneReader } from "../../../domain/phone.ts";

function reader(region = "BR"): PhoneReader {
  const found = PhoneReader.forRegion(region);
  assert.ok(found !== undefined);
  return found;
}

const read = (value: unknown, phones = reader()) => {
  const result = phones.read(value);
  return result.ok ? result.value : `${result.rule} ${result.field}`;
};

Deno.test("one number in many spellings is one number", () => {
  const spellings = [
    ...["+55 11 98765-4321", "+5511987654321", "(11) 98765-4321", "11987654321", "011 98765 4321"],
    ...["+55 (11) 98765.4321", "11 98765-4321 (WhatsApp)", " 11 98765–4321 "],
  ];
  for (const spelling of spellings) assert.equal(read(spelling), "+5511987654321", spelling);
});

Deno.test("numbers of other countries keep their country", () => {
  assert.equal(read("+1 212 555 0100"), "+12125550100");
  assert.equal(read("+351 912 345 678"), "+351912345678");
});

Deno.test("the default region decides numbers without a country", () => {
  assert.equal(read("912 345 678", reader("PT")), "+351912345678");
  assert.equal(PhoneReader.forRegion("XX"), undefined);
  assert.equal(PhoneReader.forRegion("br"), undefined);
});

Deno.test("regions are those of the library, Brazil too, which is known without it", () => {
  for (const region of [...getCountries(), "XX", "br", "", "BRA"]) {
    assert.equal(PhoneReader.forRegion(region) !== undefined, isSupportedCountry(region), region);
  }
});

Deno.test("a possible number is never refused for being in no known range", () => {
  assert.equal(read("+55 11 10000-0000"), "+5511100000000");
});

Deno.test("absent, null and blank are missing", () => {
  for (const value of [undefined, null, "", " \n"]) assert.equal(read(value), "phone_missing phone");
});

Deno.test("what can't be a number is impossible", () => {
  for (
    const value of [
      "1",
      "abc",
      "+",
      "0",
      "+999 1234567",
      "12345",
      "1".repeat(40),
      "9".repeat(400),
      42n,
      1.5,
      {},
      [],
    ]
  ) {
    assert.equal(read(value), "phone_impossible phone");
  }
});

Deno.test("a reader answers the same for the ten thousandth number and for the first one again", () => {
  const phones = reader();
  for (let i = 0; i < 10_000; i++) {
    const digits = String(i).padStart(4, "0");
    assert.equal(read(`011 98765 ${digits}`, phones), `+551198765${digits}`);
  }
  assert.equal(read("011 98765 0000", phones), "+5511987650000");
  assert.equal(read("011 98765 9999", phones), "+5511987659999");
});

Deno.test("whatever the spelling, the answer is the library's own", () => {
  const phones = reader();
  const part = (text: string) => fc.constantFrom("", text);
  const digits = (min: number, max: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(""));
  const written = fc.tuple(
    ...[
      fc.constantFrom("", "+55", "+55 ", "+55-", "55", "0", "+1 "),
      part("("),
      digits(1, 3),
      part(")"),
      part(" "),
    ],
    ...[fc.constantFrom("", "9"), digits(3, 5), fc.constantFrom("", "-", " ", "."), digits(3, 5)],
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(written, (text) => {
      const number = parsePhoneNumberFromString(text, "BR");
      assert.equal(read(text, phones), number?.isPossible() ? number.number : "phone_impossible phone", text);
    }),
    { numRuns: 5000 },
  );
});
