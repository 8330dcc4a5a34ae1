/**
 * Compares the generic sink on clean events with the same events of which a share is spoiled, alternately.
 *
 *     deno run -A --config sandbox/dev.json bench/spoiled.ts [--kind unreadable] [--share 0.01] [--dlq] \
 *       [--was CHECKOUT] [--events 500000] [--runs 3]
 *
 * Kinds: `unreadable` for the converter (half an event), `untransformed` (text, which ReplaceField refuses), `refused` by
 * a check of the table, `tombstones` that delete their rows. Bad records are tolerated, without a log line each; `--dlq`
 * sends them to a dead letter queue. `--was` runs the spoiled events also with the program of another checkout. Each run
 * has its own database and group, and ends when the table matches the events exactly.
 *
 * @module
 */

import { parseArgs } from "node:util";
import postgres from "postgres";
import { type EventOf, registrations } from "../tests/support/delivery/delivery_events.ts";
import { Random } from "../tests/support/random.ts";
import { measure, Runs, sluice } from "./sink_run.ts";
import { startSinksWorld, topic } from "./sinks_world.ts";

const spoiledTopic = "customers.spoiled";
/** Apart from the seeds of the events, which are their numbers. */
const seed = 2 ** 31;

interface Kind {
  readonly spoil: (value: string) => string | null;
  readonly settings?: Readonly<Record<string, string>>;
  /** Changes the table of clean and spoiled events. */
  readonly schema?: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  unreadable: { spoil: (value) => value.slice(0, value.length / 2) },
  untransformed: { spoil: (value) => JSON.stringify(value) },
  refused: {
    spoil: (value) => value.replace('"event_id":', '"event_id":-1'),
    schema: "alter table customers add check (event_id >= 0)",
  },
  tombstones: {
    spoil: () => null,
    settings: {
      ...{ "delete.enabled": "true", "pk.mode": "record_key", "fields.whitelist": "event_id,phone" },
      "transforms.keep.include": "event_id,phone",
    },
    schema: "alter table customers alter customer_id type text",
  },
};

const { values } = parseArgs({
  options: {
    kind: { type: "string", default: "unreadable" },
    share: { type: "string", default: "0.01" },
    dlq: { type: "boolean", default: false },
    was: { type: "string" },
    events: { type: "string", default: "500000" },
    runs: { type: "string", default: "3" },
  },
});
const kind = kinds[values.kind];
if (kind === undefined) {
  console.error(`Cannot measure: --kind is ${values.kind}, expected one of ${Object.keys(kinds).join(", ")}`);
  Deno.exit(2);
}
const { spoil, settings = {}, schema } = kind;
const [count, share] = [Number(values.events), Number(values.share)];
const clean = registrations(spoiledTopic);
const isSpoiled = (index: number) => new Random(seed + index).chance(share);
const eventOf: EventOf = (index) => {
  const event = clean(index);
  return isSpoiled(index) ? { ...event, value: spoil(event.value ?? "") } : event;
};
const effect = values.kind === "tombstones" ? "deletion" : "nothing";

await using world = await startSinksWorld({ count, partitions: 4 });
await world.produce(spoiledTopic, {
  eventOf,
  effectOf: (index) => isSpoiled(index) ? effect : "row",
});
const found = new Runs();
for (let run = 1; run <= Number(values.runs); run++) {
  await runOnce(`clean_${run}`, "clean", topic);
  await runOnce(`spoiled_${run}`, "spoiled", spoiledTopic);
  if (values.was !== undefined) await runOnce(`was_${run}`, "spoiled, was", spoiledTopic, values.was);
}
const queue = values.dlq ? "a dead letter queue" : "no dead letter queue";
found.print(
  `${values.kind}, ${share * 100} % of ${count} events, ${queue}, medians of ${values.runs}`,
  [["spoiled", "clean"], ...(values.was === undefined ? [] : [["spoiled", "spoiled, was"] as const])],
);

async function runOnce(database: string, name: string, topics: string, checkout?: string): Promise<void> {
  const deadLetters = {
    "errors.deadletterqueue.topic.name": `${database}.dlq`,
    "errors.deadletterqueue.topic.replication.factor": "1",
    "errors.deadletterqueue.context.headers.enable": "true",
  };
  await using prepared = await world.prepare("generic", database, {
    ...settings,
    ...(values.dlq ? deadLetters : {}),
    topics,
  });
  if (schema !== undefined) {
    const sql = postgres(prepared.variables["BANK2_ADMIN_URL"] ?? "", { max: 1 });
    await sql.unsafe(schema);
    await sql.end({ timeout: 1 });
  }
  found.add(name, await measure(await sluice(prepared, checkout), prepared, count));
}
