/** A long outage of PostgreSQL while events keep arriving. @module */

import { memoryOf } from "../../sandbox/demo/demo_program.ts";
import { monotonic, sleep } from "../../sandbox/wait.ts";
import { allCommitted, deadLetters, deliveredOnce } from "../support/delivery/delivery_check.ts";
import { produceEvents, registrations } from "../support/delivery/delivery_events.ts";
import { Fleet } from "../support/delivery/delivery_faults.ts";
import {
  arrivedTable,
  insertOnce,
  rowCount,
  startDeliveryWorld,
  until,
} from "../support/delivery/delivery_world.ts";
import { memoryCourse, type MemorySample } from "./memory_course.ts";

interface OutageOptions {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Load before the outage, so that memory reaches its working size. */
  readonly warmUpSeconds?: number;
  readonly say?: (line: string) => void;
}

interface OutageFindings {
  readonly records: number;
  readonly missing: number;
  readonly twice: number;
  readonly deadLetters: number;
  readonly surprises: readonly string[];
  /** Highest median of resident memory before the outage, during it and while catching up. */
  readonly beforeBytes: number;
  readonly duringBytes: number;
  readonly afterBytes: number;
  /** From the database's return until everything is committed. */
  readonly caughtUpMs: number;
}

/** Maximum growth of memory during the outage. */
export const growthMiBMax = 20;

const mebibyte = 1024 * 1024;
const topic = "events";
const deadLetterTopic = "events.dlq";
const sampleMs = 500;
const windowSeconds = 5;
const firstRowsMin = 1_000;
const caughtUpMsMax = 600_000;
const warmUpSecondsDefault = 30;

/** Runs it on its own world. */
export async function outage(options: OutageOptions): Promise<OutageFindings> {
  const { seconds, eventsPerSecond, warmUpSeconds = warmUpSecondsDefault, say = () => {} } = options;
  await using world = await startDeliveryWorld({
    schema: [arrivedTable],
    settings: {
      ...insertOnce,
      "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": deadLetterTopic,
      "errors.deadletterqueue.topic.replication.factor": "1",
    },
  });
  const fleet = new Fleet(world);
  const worker = fleet.join();
  const ending = new AbortController();
  const producing = produceEvents(world.kafka.bootstrap, {
    ...{ eventOf: registrations(topic), count: Number.MAX_SAFE_INTEGER, eventsPerSecond },
    signal: ending.signal,
  });
  const watched = (name: string, over: (seconds: number) => Promise<boolean>) =>
    peakOf(worker.pid, over, (line) => say(`${name}: ${line}`));
  await until("the first rows", async () => await rowCount(world, "arrived") >= firstRowsMin);
  const beforeBytes = await watched("before", (passed) => Promise.resolve(passed >= warmUpSeconds));
  await world.postgres.kill();
  const duringBytes = await watched("away", (passed) => Promise.resolve(passed >= seconds));
  ending.abort();
  await producing;
  await world.postgres.restart();
  const back = monotonic();
  const catchingUp = allCommitted(world, caughtUpMsMax).then(() => ({ ms: monotonic() - back }));
  const caughtUp = catchingUp.then(() => true);
  const afterBytes = await watched("catching up", () => Promise.race([caughtUp, sleep(1).then(() => false)]));
  const { ms: caughtUpMs } = await catchingUp;
  await fleet.leave(worker);
  return {
    ...await deliveredOnce(world),
    ...{ beforeBytes, duringBytes, afterBytes, caughtUpMs, surprises: fleet.surprises },
    deadLetters: await deadLetters(world, deadLetterTopic),
  };
}

/** Samples a process until the promise resolves; returns the highest median of its windows. */
async function peakOf(
  pid: number,
  isOver: (seconds: number) => Promise<boolean>,
  say: (line: string) => void,
): Promise<number> {
  const samples: MemorySample[] = [];
  const start = monotonic();
  let minutesSaid = 0;
  do {
    const seconds = (monotonic() - start) / 1000;
    const bytes = await memoryOf(pid);
    if (bytes !== undefined) samples.push({ seconds, bytes });
    if (bytes !== undefined && seconds >= minutesSaid * 60) {
      say(`minute ${minutesSaid}, ${miB(bytes)} MiB resident`);
      minutesSaid++;
    }
    await sleep(sampleMs);
  } while (!await isOver((monotonic() - start) / 1000));
  const { medianBytes } = memoryCourse(samples, { warmUpSeconds: 0, windowSeconds });
  return Math.max(...medianBytes);
}

/** Runs it, reports the findings and returns whether they are as promised. */
export async function outageScenario(options: OutageOptions): Promise<boolean> {
  const say = options.say ?? ((line: string) => console.log(line));
  say(`PostgreSQL is away for ${options.seconds} s, with ${options.eventsPerSecond} events per second`);
  const found = await outage({ ...options, say });
  const growth = found.duringBytes - found.beforeBytes;
  for (const surprise of found.surprises) say(`surprise: ${surprise}`);
  say(
    `Resident memory: ${miB(found.beforeBytes)} MiB before, ${miB(found.duringBytes)} MiB during (${
      miB(growth)
    } MiB more, at most ${growthMiBMax} are flat), ${miB(found.afterBytes)} MiB while catching up`,
  );
  say(
    `${found.records} events: ${found.missing} missing, ${found.twice} twice, ${found.deadLetters} in the dead letter ` +
      `queue; caught up ${(found.caughtUpMs / 1000).toFixed(1)} s after its return`,
  );
  const isRight = found.missing === 0 && found.twice === 0 && found.deadLetters === 0;
  return isRight && found.surprises.length === 0 && growth <= growthMiBMax * mebibyte;
}

function miB(bytes: number): string {
  return (bytes / mebibyte).toFixed(1);
}
