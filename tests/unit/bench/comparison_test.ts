import assert from "node:assert/strict";
import { median, plotOf, replaceBetween, type Run, summarize, tableOf } from "../../../bench/comparison.ts";

function runOf(name: string, perSecond: number, changes: Partial<Run> = {}): Run {
  return {
    name,
    records_per_s: perSecond,
    first_row_s: 0.25,
    rss_peak_kb: 102_400,
    cpu_s: 4.5,
    verify: "exact (5 rows)",
    status: "ok",
    ...changes,
  };
}

Deno.test("median() is the middle value, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

Deno.test("summarize() takes medians by program, in the order of appearance", () => {
  const runs = [
    runOf("gosink", 100),
    runOf("sluice", 90),
    runOf("gosink", 120),
    runOf("gosink", 80),
    runOf("sluice", 70),
  ];
  const summaries = summarize(runs);
  assert.deepEqual(summaries.map(({ name, runs, perSecond }) => [name, runs, perSecond]), [
    ["gosink", 3, 100],
    ["sluice", 2, 80],
  ]);
  assert.equal(summaries[0]?.peakMib, 100);
});

Deno.test("summarize() refuses a run that lost records or failed", () => {
  assert.throws(() => summarize([runOf("sluice", 1, { verify: "WRONG: 3 missing" })]), /WRONG: 3 missing/);
  assert.throws(() => summarize([runOf("sluice", 1, { status: "timeout" })]), /timeout/);
});

Deno.test("tableOf() is a table as deno fmt writes it", () => {
  assert.equal(
    tableOf(summarize([runOf("sluice", 101_234.4)])),
    "| program | runs | events/s | first row s | peak RSS MiB | CPU s |\n" +
      "| ------- | ---: | -------: | ----------: | -----------: | ----: |\n" +
      "| sluice  |    1 |  101,234 |        0.25 |          100 |   4.5 |",
  );
});

Deno.test("plotOf() draws a bar for each program and figure, in proportion", () => {
  const svg = plotOf(summarize([runOf("a<b", 100), runOf("sluice", 50)]), "today");
  assert.equal(svg.match(/<rect x=/g)?.length, 6);
  assert.match(svg, /a&lt;b/);
  assert.match(svg, /width="380"/);
  assert.match(svg, /width="190"/);
});

Deno.test("replaceBetween() keeps everything around the marks", () => {
  const document = "before\n<!-- t begin -->\nold\n<!-- t end -->\nafter";
  assert.equal(
    replaceBetween(document, "t", "new"),
    "before\n<!-- t begin -->\n\nnew\n\n<!-- t end -->\nafter",
  );
  assert.throws(() => replaceBetween("nothing", "t", "new"), /marks of t/);
});
