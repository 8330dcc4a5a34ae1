/**
 * `deno task shop`: runs a shop, its Kafka and an empty Bank 2 to try things on, and writes their addresses
 * to a file of variables, `shop.env`.
 *
 * @module
 */

import type { Arguments, CommandSpec } from "../cli/command.ts";
import { runTask } from "../cli/task_program.ts";
import { startWorld } from "./world.ts";

const pastEvents = { customers: 200, events: 2_000 };
const eventsPerSecond = 20;

const command: CommandSpec = {
  name: "shop",
  summary: "Runs a shop, its Kafka and an empty Bank 2 to try things on; Ctrl-C ends it",
  options: [
    { name: "env", value: "FILE", help: "Output file of variables; default: shop.env" },
    { name: "rate", value: "N", help: `Events per second in the shop; default: ${eventsPerSecond}` },
  ],
};

async function main(given: Arguments): Promise<number> {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => ending.abort());
  }
  await run(given.text("env") ?? "shop.env", given.count("rate") ?? eventsPerSecond, ending.signal);
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
    `The shop sells, ${eventsPerSecond} events a second. For its addresses: source ${envFile}. Ctrl-C ends it.`,
  );
  await world.bank1.live(eventsPerSecond, signal);
  await Deno.remove(envFile).catch(() => {}); // already removed
}

Deno.exit(await runTask(command, Deno.args, main));
