/**
 * Compares telesales (its domain, phone numbers, keyed hash, newest wins, exactly once) with the generic sink on the
 * same events, by the program as a person starts it.
 *
 *     deno run -A --config sandbox/dev.json bench/telesales.ts [--events 500000] [--runs 3]
 *
 * Each run has a database and a group of its own, and ends when the table is exactly what the events come to.
 *
 * @module
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "postgres";
import { createTopics } from "../sandbox/kafka_client.ts";
import { startKafka } from "../sandbox/kafka.ts";
import { makeOwnedFolder } from "../sandbox/owned_folder.ts";
import { startPostgres } from "../sandbox/postgres.ts";
import { monotonic, pollUntil } from "../sandbox/wait.ts";
import { customersTable, upsertAtLeastOnce } from "../tests/support/delivery_world.ts";
import { produceEvents, registrations } from "../tests/support/delivery_events.ts";
import { projectFolder, runTask, startTask } from "../tests/support/program.ts";
import { median } from "./comparison.ts";

const topic = "customers.registrations";
const partitions = 4;
const runMsMax = 600_000;
const tickMs = 10;
const secret = "a secret of the benchmark, longer than thirty-two bytes";

/** One of the two, and how its table tells that all has arrived. */
interface Contender {
  readonly name: string;
  readonly settings: (url: string) => Readonly<Record<string, string>>;
  readonly schema?: string;
  readonly sum: string;
}

interface Figures {
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

const shipped = JSON.parse(await Deno.readTextFile(`${projectFolder}connectors/telesales/connector.json`));
const contenders: readonly Contender[] = [{
  name: "generic",
  settings: (url) => ({
    ...upsertAtLeastOnce,
    ...{ "connector.class": "PostgresSink", topics: topic, "connection.url": url, "errors.tolerance": "all" },
    ...{ "transforms": "keep", "transforms.keep.include": "customer_id,event_id,phone" },
    "transforms.keep.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
  }),
  schema: customersTable,
  sum: "select coalesce(sum(event_id), 0)::text as sum, count(*)::int as rows from customers",
}, {
  name: "telesales",
  settings: () => ({ ...shipped.config, topics: topic, "tasks.max": "1" }),
  // The phone number of an event is its number.
  sum: `select coalesce(sum(right(phone, 8)::bigint), 0)::text as sum, count(*)::int as rows
          from telesales.person`,
}];

const { values } = parseArgs({
  options: { events: { type: "string", default: "500000" }, runs: { type: "string", default: "3" } },
});
const count = Number(values.events);
await using owner = await makeOwnedFolder();
const [kafka, server] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
await createTopics(kafka.bootstrap, [topic], partitions);
await produceEvents(kafka.bootstrap, { eventOf: registrations(topic), count });
const expected = whatArrives();
const found = new Map<string, Figures[]>();
for (let run = 1; run <= Number(values.runs); run++) {
  for (const contender of contenders) {
    const figures = await measure(contender, `${contender.name}_${run}`);
    found.set(contender.name, [...found.get(contender.name) ?? [], figures]);
    console.log(JSON.stringify({ name: contender.name, run, ...figures }));
  }
}
const load = (Deno.loadavg()[0] ?? 0).toFixed(1);
console.log(`\n${count} events, medians of ${values.runs}, load ${load} at the end; every table was exact\n`);
console.log("| sink | events/s | CPU s | peak RSS MiB |\n| --- | ---: | ---: | ---: |");
for (const [name, all] of found) {
  const of = (pick: (figures: Figures) => number) => median(all.map(pick));
  console.log(
    `| ${name} | ${of((f) => f.eventsPerSecond).toFixed(0)} | ${of((f) => f.cpuSeconds).toFixed(2)} | ${
      of((f) => f.peakMiB).toFixed(0)
    } |`,
  );
}

/** Each customer's last event. */
function whatArrives(): { readonly sum: string; readonly rows: number } {
  const eventOf = registrations(topic);
  const last = new Map<string | null, number>();
  for (let index = 0; index < count; index++) last.set(eventOf(index).key, index);
  return { sum: String([...last.values()].reduce((sum, index) => sum + index, 0)), rows: last.size };
}

async function measure(contender: Contender, name: string): Promise<Figures> {
  const adminUrl = await server.createDatabase(name);
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap,
    TELESALES_KEY_SECRET: secret,
    BANK2_ADMIN_URL: adminUrl,
    BANK2_URL: server.urlOf(name, `worker_${name}`, "worker"),
  };
  if (contender.schema !== undefined) await sql.unsafe(contender.schema);
  else await runTask("migrate", { args: ["--connector", "telesales"], variables });
  const file = join(owner.path, `${name}.json`);
  await Deno.writeTextFile(file, JSON.stringify({ name, config: contender.settings(adminUrl) }));
  const started = monotonic();
  await using program = startTask("start", { args: ["--config", file], variables });
  const hasArrived = async () => {
    const [row] = await sql.unsafe(contender.sum);
    return row?.["sum"] === expected.sum && row["rows"] === expected.rows ? true : undefined;
  };
  await pollUntil(`the last event in ${name}`, runMsMax, hasArrived);
  const seconds = (monotonic() - started) / 1000;
  const [cpuSeconds, peakMiB] = [await cpuOf(program.pid), await peakOf(program.pid)];
  program.signal("SIGTERM");
  await program.ended;
  await sql.end({ timeout: 1 });
  return { eventsPerSecond: Math.round(count / seconds), cpuSeconds, peakMiB };
}

async function cpuOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs / 1000;
}

async function peakOf(pid: number): Promise<number> {
  const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(await Deno.readTextFile(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}
