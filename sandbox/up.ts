/**
 * Brings up Kafka and PostgreSQL for a developer and prints where they are, as one line of JSON.
 *
 *     deno run -A --config sandbox/dev.json sandbox/up.ts [--until-gone PID]
 *
 * They run until this process gets a signal, its standard input (if that is a pipe) closes, or the process PID is gone.
 *
 * @module
 */

import { fstatSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { startKafka } from "./kafka.ts";
import { MachineLacksError } from "./machine.ts";
import { makeOwnedFolder } from "./owned_folder.ts";
import { startPostgres } from "./postgres.ts";
import { sleep } from "./wait.ts";

const standardInput = 0;
const watchEveryMs = 200;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { "until-gone": { type: "string" } } });
  const ended = endOfUse(values["until-gone"]);
  await using owner = await makeOwnedFolder();
  try {
    const [kafka, database] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
    console.log(JSON.stringify({ bootstrap: kafka.bootstrap, postgresUrl: database.url, pid: Deno.pid }));
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
  // Not /dev/null, which a program in the background gets, and not a terminal.
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
  while (runs(pid)) await sleep(watchEveryMs);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Anything else, such as somebody else's process, is a sign of life.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

Deno.exit(await main());
