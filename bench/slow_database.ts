/**
 * Measures a sink whose database is a round trip away: through a proxy that delays both directions, alternately by 0 ms
 * and by the delay.
 *
 *     deno run -A --config sandbox/dev.json bench/slow_database.ts [--sink generic|telesales] [--delay 5] \
 *       [--events 500000] [--runs 3]
 *
 * @module
 */

import { parseArgs } from "node:util";
import postgres from "postgres";
import { monotonic } from "../sandbox/wait.ts";
import { median } from "./comparison.ts";
import { delayingProxy } from "./delaying_proxy.ts";
import { measure, Runs, sluice } from "./sink_run.ts";
import { type SinkName, startSinksWorld } from "./sinks_world.ts";

const pings = 101;

const { values } = parseArgs({
  options: {
    sink: { type: "string", default: "generic" },
    delay: { type: "string", default: "5" },
    events: { type: "string", default: "500000" },
    runs: { type: "string", default: "3" },
  },
});
const sink: SinkName = values.sink === "telesales" ? "telesales" : "generic";
const count = Number(values.events);
const delays = [0, Number(values.delay)];
await using world = await startSinksWorld({ count, partitions: 4 });
const found = new Runs();
const roundTrips = new Map<string, string>();
for (let run = 1; run <= Number(values.runs); run++) {
  for (const ms of delays) {
    using proxy = delayingProxy(world.server.port, ms / 2);
    const through = (url: string) => url.replace(`:${world.server.port}/`, `:${proxy.port}/`);
    const name = `${sink}_${ms}_${run}`.replaceAll(".", "_");
    const user = sink === "generic" ? [] : [`worker_${name}`, "worker"];
    const url = through(world.server.urlOf(name, ...user));
    await using prepared = await world.prepare(sink, name, { "connection.url": url });
    found.add(`${ms} ms`, await measure(await sluice(prepared), prepared, count));
    roundTrips.set(`${ms} ms`, await roundTrip(through(world.server.url)));
  }
}
const measured = [...roundTrips].map(([name, took]) => `${took} ms for ${name}`).join(" and ");
found.print(
  `${sink}, ${count} events, medians of ${values.runs}, a round trip of the last run took ${measured}`,
  [[`${delays[1]} ms`, "0 ms"]],
);

/** Measures an empty query, median of many. */
async function roundTrip(url: string): Promise<string> {
  const sql = postgres(url, { max: 1 });
  try {
    const took: number[] = [];
    for (let ping = 0; ping < pings; ping++) {
      const started = monotonic();
      await sql.unsafe("");
      took.push(monotonic() - started);
    }
    return median(took).toFixed(1);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
