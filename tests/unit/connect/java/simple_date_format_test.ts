/** Date patterns against what OpenJDK 17 returned, time zone UTC, English names. */

import assert from "node:assert/strict";
import { JvmException } from "../../../../connect/api/exceptions.ts";
import { SimpleDateFormat } from "../../../../connect/java/simple_date_format.ts";

/** Pattern, text, and milliseconds, or null if Java refuses the text. */
const parsed: readonly (readonly [string, string, string | null])[] = [
  ["yyyy-MM-dd", "2023-11-14", "1699920000000"],
  ["yyyy-MM-dd", "2023-13-45", "1707868800000"],
  ["yyyy-MM-dd", "2023-1-5", "1672876800000"],
  ["yyyy-MM-dd", "  2023-11-14", "1699920000000"],
  ["yyyy-MM-dd", "2023- 11- 14", "1699920000000"],
  ["yyyy-MM-dd", "2023-11-14 and more", "1699920000000"],
  ["yyyy-MM-dd", "-2023-11-14", "-125980963200000"],
  ["yyyy-MM-dd", "٢٠٢٣-١١-١٤", "1699920000000"],
  ["yyyy-MM-dd", "14/11/2023", null],
  ["yyyy-MM-dd", "", null],
  ["yyyy-MM-dd", "1582-10-10", "-12218860800000"],
  ["yyyy-MM-dd", "1500-02-29", "-14825894400000"],
  ["yyyy-MM-dd", "9999999999-01-01", "7603816050904096768"],
  ["dd/MM/yyyy", "14/11/23", "-61414156800000"],
  ["yyyyMMddHHmmssSSS", "20231114221320123", "1700000000123"],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2023-11-14T22:13:20.5Z", "1700000000005"],
  ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2023-11-14T22:13:20.123456Z", "1700000123456"],
  ["yyyy-MM-dd'T'HH:mm:ssXXX", "2023-11-14T22:13:20-03:30", "1700012600000"],
  ["yyyy-MM-dd'T'HH:mm:ssX", "2023-11-14T22:13:20+03", "1699989200000"],
  ["yyyy-MM-dd'T'HH:mm:ssX", "2023-11-14T22:13:20+24", null],
  ["yyyy-MM-dd HH:mm:ss Z", "2023-11-14 22:13:20 +0330", "1699987400000"],
  ["yyyy-MM-dd HH:mm:ss z", "2023-11-14 22:13:20 GMT+3:00", "1699989200000"],
  ["yyyy-MM-dd HH:mm:ss z", "2023-11-14 22:13:20 PST", "1700028800000"],
  ["yyyy-MM-dd HH:mm:ss z", "2023-11-14 22:13:20 nowhere", null],
  ["EEE, d MMM yyyy HH:mm:ss", "mon, 14 NOV 2023 10:00:00", "1699956000000"],
  ["EEE, d MMM yyyy", "ter, 14 nov 2023", null],
  ["MMM d, yyyy h:mm a", "November 14, 2023 12:05 am", "1699920300000"],
  ["K:mm a", "0:30 pm", "45000000"],
  ["kk:mm", "24:00", "0"],
  ["HH:mm", "25:61", "93660000"],
  ["yyyyDDD", "2023318", "1699920000000"],
  ["YYYY-'W'ww-u", "2023-W46-2", "1699920000000"],
  ["yyyy ww E", "2023 46 Tue", "1699920000000"],
  ["yyyy MM W E", "2023 11 2 Tue", "1699315200000"],
  ["yyyy MM F E", "2023 11 -1 Fri", "1700784000000"],
  ["yyyy G", "44 BC", "-63524304000000"],
  ["yyyy''MM", "2023'11", "1698796800000"],
];

/** Pattern, milliseconds, text. */
const formatted: readonly (readonly [string, string, string])[] = [
  ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "1700000000123", "2023-11-14T22:13:20.123Z"],
  ["yyyy-MM-dd", "-62135769600001", "0001-12-31"],
  ["yyyy-MM-dd G", "-62135769600001", "0001-12-31 BC"],
  ["yyyy-MM-dd", "-12219292800001", "1582-10-04"],
  ["yyyy-MM-dd", "-12219292800000", "1582-10-15"],
  ["yy", "1700000000123", "23"],
  ["y yyy yyyyy", "1700000000123", "2023 2023 02023"],
  ["M MM MMM MMMM", "1700000000123", "11 11 Nov November"],
  ["E EEEE u", "1700000000123", "Tue Tuesday 2"],
  ["H k K h a", "1700000000123", "22 22 10 10 PM"],
  ["H k K h a", "0", "0 24 0 12 AM"],
  ["D w W F", "1700000000123", "318 46 3 2"],
  ["YYYY-ww", "1703980800000", "2024-01"],
  ["S SS SSSS", "1700000000007", "7 07 0007"],
  ["z zzzz Z X XXX", "0", "UTC Coordinated Universal Time +0000 Z Z"],
  ["'it''s' yyyy", "0", "it's 1970"],
  ["yyyy年MM月", "1700000000123", "2023年11月"],
];

for (const [pattern, text, millis] of parsed) {
  Deno.test(`${pattern} reads ${JSON.stringify(text)} as Java does`, () => {
    assert.equal(new SimpleDateFormat(pattern).parse(text), millis === null ? null : BigInt(millis));
  });
}

for (const [pattern, millis, text] of formatted) {
  Deno.test(`${pattern} writes ${millis} as Java does`, () => {
    assert.equal(new SimpleDateFormat(pattern).format(BigInt(millis)), text);
  });
}

for (const pattern of ["foo", "'open", "XXXX", "yyyy-MM-ddTHH"]) {
  Deno.test(`${pattern} is no date pattern`, () => {
    assert.throws(
      () => new SimpleDateFormat(pattern),
      (error) => error instanceof JvmException && error.javaClass === "java.lang.IllegalArgumentException",
    );
  });
}

Deno.test("a two-digit year lies within 80 years before and 20 years after today", () => {
  const format = new SimpleDateFormat("dd/MM/yy");
  const yearOf = (text: string) => new Date(Number(format.parse(text) ?? NaN)).getUTCFullYear();
  const now = new Date(performance.timeOrigin).getUTCFullYear();
  for (let ago = -19; ago < 80; ago++) {
    const year = now - ago;
    assert.equal(yearOf(`01/06/${String(year % 100).padStart(2, "0")}`), year);
  }
});
