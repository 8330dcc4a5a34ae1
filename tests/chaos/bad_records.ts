/** Delivers bad records among good ones: checks the outcome of each and measures their cost. @module */

import { monotonic } from "../../sandbox/wait.ts";
import { allCommitted, deadLetters } from "../support/delivery/delivery_check.ts";
import { type EventOf, produceEvents, registrations } from "../support/delivery/delivery_events.ts";
import { Fleet } from "../support/delivery/delivery_faults.ts";
import {
  type DeliveryWorld,
  insertOnce,
  rowCount,
  startDeliveryWorld,
  until,
} from "../support/delivery/delivery_world.ts";

interface BadRecordsFindings {
  readonly rows: number;
  readonly deadLetters: number;
  readonly surprises: readonly string[];
  /** From the partitions' assignment to the last row. */
  readonly ms: number;
}

/** Decides which records are bad. */
type IsBad = (index: number) => boolean;

const topic = "events";
const deadLetterTopic = "events.dlq";

/** The database itself refuses bad records, the expensive case: the sink must search the batch for them. */
const table =
  `create table arrived (event_id bigint, customer_id bigint, phone text not null, source text, part int, off bigint)`;

/** Minimum speed with bad records, relative to the clean speed. */
export const speedRatioMin = 0.3;

const sharePerBad = 100;

/** Removes the phone from the bad events. */
export function withoutPhone(eventOf: EventOf, isBad: IsBad): EventOf {
  return (index) => {
    const event = eventOf(index);
    if (!isBad(index) || event.value === null) return event;
    return { ...event, value: event.value.replace(/"phone":"[^"]*"/, '"phone":null') };
  };
}

/** Starts a world in which the table refuses events without a phone. */
export function startRefusingWorld(): Promise<DeliveryWorld> {
  return startDeliveryWorld({
    schema: [table],
    settings: {
      ...insertOnce,
      "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": deadLetterTopic,
      "errors.deadletterqueue.topic.replication.factor": "1",
    },
  });
}

/** Delivers a backlog of events. */
export async function deliverBad(
  world: DeliveryWorld,
  count: number,
  isBad: IsBad,
): Promise<BadRecordsFindings> {
  await produceEvents(world.kafka.bootstrap, {
    ...{ eventOf: withoutPhone(registrations(topic), isBad), count },
  });
  const good = Array.from({ length: count }, (_, index) => index).filter((index) => !isBad(index)).length;
  const fleet = new Fleet(world);
  const worker = fleet.join();
  await until("the partitions to be assigned", () => /assigned/.test(worker.log()));
  const start = monotonic();
  await until("the last row", async () => await rowCount(world, "arrived") >= good);
  const ms = monotonic() - start;
  await allCommitted(world);
  await fleet.leave(worker);
  return {
    rows: await rowCount(world, "arrived"),
    deadLetters: await deadLetters(world, deadLetterTopic),
    ...{ surprises: fleet.surprises, ms },
  };
}

/** Runs it clean and with one bad record in 100; reports findings and returns whether promises hold. */
export async function badRecordsScenario(
  { events, say = console.log }: { readonly events: number; readonly say?: (line: string) => void },
): Promise<boolean> {
  const run = async (isBad: IsBad) => {
    await using world = await startRefusingWorld();
    return await deliverBad(world, events, isBad);
  };
  const clean = await run(() => false);
  say(`${events} good events: ${clean.rows} rows in ${clean.ms.toFixed(0)} ms`);
  const mixed = await run((index) => index % sharePerBad === 0);
  const bad = Math.ceil(events / sharePerBad);
  const ratio = clean.ms / mixed.ms;
  say(
    `${bad} bad among ${events}: ${mixed.rows} rows, ${mixed.deadLetters} in the dead letter queue, in ${
      mixed.ms.toFixed(0)
    } ms: ${ratio.toFixed(2)} of the clean speed, at least ${speedRatioMin} is promised`,
  );
  for (const surprise of [...clean.surprises, ...mixed.surprises]) say(`surprise: ${surprise}`);
  const isExact = clean.rows === events && mixed.rows === events - bad && mixed.deadLetters === bad;
  return isExact && clean.surprises.length + mixed.surprises.length === 0 && ratio >= speedRatioMin;
}
