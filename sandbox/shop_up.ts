/**
 * A shop that sells, a Kafka that its events go to, and an empty Bank 2, for somebody who wants to try things:
 * `deno task shop`. What is needed to reach them is written to a file of variables, `shop.env`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { MachineLacksError } from "./machine.ts";
import { startWorld } from "./world.ts";

const pastEvents = { customers: 200, events: 2_000 };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { env: { type: "string", default: "shop.env" }, rate: { type: "string", default: "20" } },
  });
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => ending.abort());
  }
  try {
    await run(values.env, Number(values.rate), ending.signal);
  } catch (error) {
    if (!(error instanceof MachineLacksError)) throw error;
    console.error(error.message);
    return 1;
  }
  return 0;
}

async function run(envFile: string, eventsPerSecond: number, signal: AbortSignal): Promise<void> {
  await using world = await startWorld();
  await world.bank1.fill(pastEvents);
  await world.startProducer();
  const bank2 = new URL(world.bank2AdminUrl);
  await Deno.writeTextFile(
    envFile,
    [
      `export CONNECT_BOOTSTRAP_SERVERS=${world.kafka.bootstrap}`,
      `export BANK2_ADMIN_URL=${world.bank2AdminUrl}`,
      `export BANK2_PLACE=${bank2.host}${bank2.pathname}`,
      "",
    ].join("\n"),
    { mode: 0o600 },
  );
  console.log(
    `The shop sells, ${eventsPerSecond} events a second; source ${envFile} says where. Ctrl-C ends it.`,
  );
  await world.bank1.live(eventsPerSecond, signal);
  await Deno.remove(envFile).catch(() => {}); // somebody was quicker
}

Deno.exit(await main());
