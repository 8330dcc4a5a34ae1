/**
 * `deno task demo`: shows telesales live on its own servers and compares it with Bank 1 at the end.
 *
 * @module
 */

import { ConfigException, JavaException } from "../../connect/api/exceptions.ts";
import { MachineLacksError } from "../machine.ts";
import { helpOf } from "../../cli/command.ts";
import { type DemoConnector, demoConnector } from "./demo_connector.ts";
import { openFigures, readPassage } from "./demo_figures.ts";
import { demoCommand, type DemoOptions, readDemoOptions } from "./demo_options.ts";
import { type DemoProgram, runMigrate, startProgram } from "./demo_program.ts";
import { DemoScreen } from "./demo_screen.ts";
import { listenForEnd } from "../../cli/process/ending_signals.ts";
import { compareWhenArrived, summaryLines } from "./demo_summary.ts";
import { type DemoWorld, openEmbeddedWorld, openExternalWorld } from "./demo_world.ts";
import { print, printError } from "../../cli/output.ts";
import { TaskError } from "../../cli/task_program.ts";
import { systemTime } from "../../cli/process/system_time.ts";
import { exitCode, UsageError } from "../../cli/usage_error.ts";

/** What happened before the demo starts. */
const past = { customers: 300, events: 1_200 };

async function demo(options: DemoOptions, ending: AbortSignal): Promise<number> {
  print(
    `Starting ${
      options.isExternal ? "a PostgreSQL for the shop" : "Kafka and PostgreSQL"
    }; fetched first if need be`,
  );
  await using world = await (options.isExternal ? openExternalWorld() : openEmbeddedWorld());
  if (ending.aborted) return exitCode.ok;
  const connector = await demoConnector(world);
  const variables = { BANK2_URL: world.workerUrl, TELESALES_KEY_SECRET: world.keySecret };
  print(`Kafka is at ${world.bootstrap}${world.isExternal ? "" : `, Bank 2 at ${world.adminUrl}`}`);
  print("Migrating Bank 2");
  await runMigrate("telesales", { ...variables, BANK2_ADMIN_URL: world.adminUrl });
  await using figures = await openFigures(world.adminUrl);
  const { rows } = await figures.look();
  if (rows > 0) {
    throw new UsageError(
      `Cannot show the demo: Bank 2 has ${rows} people already, expected an empty table`,
    );
  }
  print(`Filling Bank 1 with ${past.customers} customers`);
  await world.bank1.fill(past);
  const passage = await readPassage(world.bank1.url, connector.keptFields);
  await using producer = await world.startProducer();
  await using program = await startProgram(
    connector.args,
    { "bootstrap.servers": world.bootstrap },
    variables,
  );
  const screen = new DemoScreen({ figures, producer, program, passage, time: systemTime });
  const livesOn = new AbortController();
  const life = world.bank1.live(options.eventsPerSecond, livesOn.signal);
  const gone = await screen.showUntil(AbortSignal.any([ending, endOf(options)]));
  livesOn.abort();
  await life;
  if (gone !== undefined) return await explainEnd(program, gone);
  print("Waiting for the last events");
  await producer.until(world.bank1.lastEventId());
  return await summarise(world, program, connector);
}

async function summarise(world: DemoWorld, program: DemoProgram, connector: DemoConnector): Promise<number> {
  const comparison = await compareWhenArrived(world, systemTime);
  const code = await program.stop();
  print(summaryLines(comparison, world.bank1.lastEventId()));
  if (world.isExternal) {
    print(`Left behind: these people in Bank 2, and in Kafka ${connector.leftBehind.join(", ")}`);
  }
  if (code !== exitCode.ok) return await explainEnd(program, code);
  return comparison.isEqual ? exitCode.ok : exitCode.failed;
}

async function explainEnd(program: DemoProgram, code: number): Promise<number> {
  printError([
    `The program ended with exit code ${code}. The last lines of its log:`,
    ...(await program.lastLines()).split("\n"),
  ]);
  return exitCode.failed;
}

function endOf({ seconds }: DemoOptions): AbortSignal {
  return seconds === Infinity ? new AbortController().signal : AbortSignal.timeout(seconds * 1000);
}

/** Ctrl-C ends the demo in order; a second one at once, and the janitors still remove the servers. */
function endBySignal(): AbortSignal {
  return listenForEnd(systemTime, { first: () => {}, second: () => Deno.exit(exitCode.failed) });
}

async function main(): Promise<number> {
  try {
    const options = readDemoOptions(Deno.args);
    if (!options.wantsHelp) return await demo(options, endBySignal());
    print(helpOf("deno task", demoCommand).split("\n"));
    return exitCode.ok;
  } catch (error) {
    const isExpected = error instanceof UsageError || error instanceof MachineLacksError ||
      error instanceof TaskError || error instanceof JavaException;
    printError((isExpected ? error.message : Deno.inspect(error)).split("\n"));
    return error instanceof UsageError || error instanceof ConfigException ? exitCode.usage : exitCode.failed;
  }
}

if (import.meta.main) Deno.exit(await main());
