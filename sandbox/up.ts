/**
 * Starts Kafka and PostgreSQL for a developer and prints their addresses as one line of JSON.
 *
 *     deno run -A --config sandbox/dev.json sandbox/up.ts [--until-gone PID]
 *
 * They run until this process gets a signal, its standard input (if a pipe) closes, or the process PID ends.
 *
 * @module
 */

import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { startKafka } from "./kafka/kafka.ts";
import { MachineLacksError } from "./machine.ts";
import { makeOwnedFolder } from "./owned_folder.ts";
import { startPostgres } from "./postgres/postgres.ts";
import { isThere } from "./processes.ts";
import { sleep } from "./wait.ts";

const standardInput = 0;
const watchEveryMs = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { "until-gone": { type: "string" } } });
  const ended = endOfUse(values["until-gone"]);
  await using owner = await makeOwnedFolder();
  try {
    const [kafka, database] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
    const where = {
      bootstrap: kafka.bootstrap,
      postgresUrl: database.url,
      pid: Deno.pid,
      folder: owner.path,
    };
    console.log(JSON.stringify(where));
  } catch (error) {
    if (!(error instanceof MachineLacksError)) throw error;
    console.error(error.message);
    return 1;
  }
  await ended;
  return 0;
}

function endOfUse(pidText: string | undefined): Promise<unknown> {
  const ways = [signalled("SIGINT"), signalled("SIGTERM"), signalled("SIGHUP")];
  const input = fstatSync(standardInput);
  // Not /dev/null, which background programs get, and not a terminal.
  if (input.isFIFO() || input.isSocket()) ways.push(inputClosed());
  if (pidText !== undefined) ways.push(processGone(Number(pidText)));
  return Promise.race(ways);
}

function signalled(signal: Deno.Signal): Promise<void> {
  return new Promise((resolve) => Deno.addSignalListener(signal, () => resolve()));
}

async function inputClosed(): Promise<void> {
  await Deno.stdin.readable.pipeTo(new WritableStream());
}

async function processGone(pid: number): Promise<void> {
  while (isThere(pid)) await sleep(watchEveryMs);
}

Deno.exit(await main());
