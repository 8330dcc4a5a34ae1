import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { RestWorld } from "../../../support/rest/rest_world.ts";
import { projectFolder } from "../../../tidy/source_files.ts";

/** Names without what a summary and its like add. */
async function scraped(): Promise<ReadonlySet<string>> {
  const world = new RestWorld();
  await world.ask("POST", "/connectors", { name: "people", config: world.config });
  await world.clock.advance(2_000);
  const text = await (await world.ask("GET", "/metrics")).text();
  await world.end();
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", kind]) => ({ name, kind }));
  const summaries = names.filter(({ kind }) => kind === "summary").map(({ name }) => name);
  const isPart = (name: string) =>
    summaries.some((summary) =>
      name.replace(/_(avg|max)(?=_time_ms$|$)/, "") === summary && name !== summary
    );
  return new Set(names.map(({ name }) => name).filter((name) => !isPart(name)));
}

/** Counters by reason are there only once something was counted: their names are in the sources. */
async function countedByReason(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const path of globSync("{connect/metrics,connect/runtime,sinks}/**/*.ts", { cwd: projectFolder })) {
    const text = await Deno.readTextFile(projectFolder + path);
    for (
      const [, name = ""] of text.matchAll(
        /(?:\.count\(|\bname: )"((?:records|rows|batches|database|partitions|ledger|purge)-[a-z-]+)"/g,
      )
    ) {
      names.add(`sluice_${name.replaceAll("-", "_")}_total`);
    }
  }
  return names;
}

Deno.test("docs/metrics.md tells of every number there is, and of none that isn't", async () => {
  const page = await Deno.readTextFile(`${projectFolder}docs/metrics.md`);
  const told = new Set(
    [...page.matchAll(/^\| `((?:kafka_connect|sluice)_\w+)` +\| (?:counter|gauge|summary|histogram)/gm)].map((
      [, name],
    ) => name ?? ""),
  );
  const there = new Set([...await scraped(), ...await countedByReason()]);
  assert.deepEqual([...there].filter((name) => !told.has(name)), [], "missing in the page");
  assert.deepEqual([...told].filter((name) => !there.has(name)), [], "nothing has these names");
});
