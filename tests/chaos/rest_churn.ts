/** Clients create, reconfigure and delete connectors in waves: the worker must free everything. @module */

import { systemTime } from "../../cli/process/system_time.ts";
import { createDatabase } from "../../sandbox/postgres/databases.ts";
import { startKafka } from "../../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../../sandbox/owned_folder.ts";
import { startPostgres } from "../../sandbox/postgres/postgres.ts";
import { churn, residentBytes, type Traces, tracesAfter, tracesOf } from "../support/rest/rest_churn.ts";
import { type ChurnWorld, churnWorld } from "../support/rest/rest_churn_world.ts";

/** The first waves warm up the runtime's compiler and heap. */
const warmUpWaves = 2;

/** Maximum growth of memory from the warm-up to the last wave, in MiB. */
const growthMiBMax = 10;

/** Idle time before memory is measured, so that a collection has happened. */
const quietMs = 5_000;
const mebibyte = 1024 * 1024;

interface RestChurnOptions {
  readonly connectors: number;
  readonly clients: number;
  readonly waves: number;
}

/** Runs it on its own servers; returns whether all is as promised. */
export async function restChurn(options: RestChurnOptions): Promise<boolean> {
  await using owner = await makeOwnedFolder();
  const [kafka, database] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
  await using world = await churnWorld({
    bootstrap: kafka.bootstrap,
    databaseUrl: await createDatabase(database.url, "churn"),
    prefix: "churn",
  });
  const idle = await tracesOf(world.places);
  console.log(`idle: ${await megabytes(world)} MiB, ${shown(idle)}`);
  const measured: number[] = [];
  const problems: string[] = [];
  for (let wave = 1; wave <= options.waves; wave++) {
    const { memory, found } = await oneWave(world, options, { wave, idle });
    measured.push(memory);
    problems.push(...found);
  }
  const growth = (measured.at(-1) ?? 0) - (measured[warmUpWaves - 1] ?? 0);
  if (growth > growthMiBMax) problems.push(`memory grew by ${growth.toFixed(1)} MiB`);
  for (const problem of problems.slice(0, 20)) console.error(problem);
  console.log(
    `${options.connectors} connectors, ${options.clients} clients, ${options.waves} waves: ` +
      `${problems.length} problems, ${growth.toFixed(1)} MiB between wave ${warmUpWaves} and the last`,
  );
  return problems.length === 0;
}

async function oneWave(
  world: ChurnWorld,
  options: RestChurnOptions,
  { wave, idle }: { readonly wave: number; readonly idle: Traces },
) {
  const started = systemTime.monotonic();
  const found = await churn({ ...world, ...options, prefix: `churn-${wave}` });
  const tookMs = systemTime.monotonic() - started;
  const after = await tracesAfter(world.places, idle);
  await systemTime.sleep(quietMs);
  const memory = Number(await megabytes(world));
  console.log(`wave ${wave}: ${(tookMs / 1000).toFixed(1)} s, then ${memory} MiB, ${shown(after)}`);
  const left = (Object.keys(idle) as (keyof Traces)[]).filter((name) => after[name] > idle[name]); // its own names
  return { memory, found: [...found, ...left.map((name) => `left of ${name}: ${after[name] - idle[name]}`)] };
}

async function megabytes({ places }: ChurnWorld): Promise<string> {
  return (await residentBytes(places.pid) / mebibyte).toFixed(1);
}

function shown(traces: Traces): string {
  return Object.entries(traces).map(([name, count]) => `${name} ${count}`).join(", ");
}
