/**
 * Compares telesales (its domain, phone numbers, keyed hash, newest wins, exactly once) with the generic sink on the
 * same events, and with gotelesales, the same work in Go, running each program like a user would.
 *
 *     deno run -A --config sandbox/dev.json bench/telesales.ts [--peers PATH] [--events 500000] [--runs 3] \
 *       [--exactly-once true|false]
 *
 * PATH/bin/gotelesales writes the table that telesales' migrations make; its offsets are always in the database. Without
 * `--exactly-once` the generic sink is at least once and telesales, as shipped, exactly once; with it both are as it
 * says. Each run has its own database and group, and ends when the table matches the events exactly; telesales' and
 * gotelesales' tables must be equal.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { wholeOf } from "../tests/support/shipped_config.ts";
import { measure, Runs, sluice } from "./sink_run.ts";
import { type PreparedSink, startSinksWorld, topic } from "./sinks_world.ts";

/** Everything but the times that a run decides. */
const tableText = `
  select count(*) || ' ' || md5(string_agg(concat_ws('|', encode(contact_key, 'hex'), name, phone, region,
      updated_at, region_at, registered_at), ',' order by contact_key)) as text
    from telesales.person`;

const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    events: { type: "string", default: "500000" },
    runs: { type: "string", default: "3" },
    "exactly-once": { type: "string" },
  },
});
const count = Number(values.events);
const { peers, "exactly-once": exactlyOnce } = values;
await using world = await startSinksWorld({ count, partitions: 4 });
const once = exactlyOnce === undefined ? {} : { "exactly.once.enabled": exactlyOnce };
const settings = { generic: once, telesales: exactlyOnce === "false" ? await atLeastOnce() : {} };
const found = new Runs();
for (let run = 1; run <= Number(values.runs); run++) {
  const tables = new Set<string>();
  for (const name of ["generic", "telesales", "gotelesales"] as const) {
    if (name === "gotelesales" && peers === undefined) continue;
    const sink = name === "generic" ? name : "telesales";
    await using prepared = await world.prepare(sink, `${name}_${run}`, settings[sink]);
    const program = name === "gotelesales" ? inGo(peers ?? "", prepared) : await sluice(prepared);
    found.add(name, await measure(program, prepared, count));
    if (sink === "telesales") tables.add(await tableOf(prepared));
  }
  if (tables.size > 1) throw new Error(`Cannot compare: the tables differ: ${[...tables].join(", ")}`);
}
found.print(
  `${count} events, medians of ${values.runs}, exactly.once.enabled ${exactlyOnce ?? "as shipped"}`,
  [["telesales", "generic"], ...(peers === undefined ? [] : [["telesales", "gotelesales"] as const])],
);

function inGo(folder: string, { variables }: PreparedSink) {
  const { CONNECT_BOOTSTRAP_SERVERS: brokers = "", BANK2_ADMIN_URL: url = "" } = variables;
  return {
    file: join(folder, "bin/gotelesales"),
    args: ["-brokers", brokers, "-topic", topic, "-group", new URL(url).pathname.slice(1), "-dsn", url],
  };
}

/** The code of telesales decides that it's exactly once, so the options are spelled out. */
async function atLeastOnce(): Promise<Readonly<Record<string, string>>> {
  const whole = await wholeOf("telesales");
  return { ...whole, topics: topic, "tasks.max": "1", "exactly.once.enabled": "false" };
}

async function tableOf({ variables }: PreparedSink): Promise<string> {
  const sql = postgres(variables["BANK2_ADMIN_URL"] ?? "", { max: 1 });
  try {
    const [row] = await sql.unsafe<{ text: string }[]>(tableText);
    return row?.text ?? "";
  } finally {
    await sql.end({ timeout: 1 });
  }
}
