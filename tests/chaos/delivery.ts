/** The storm: unique events arrive steadily while every kind of fault happens repeatedly. @module */

import { monotonic } from "../../sandbox/wait.ts";
import {
  allCommitted,
  deadLetters,
  deliveredOnce,
  eventsArrived,
  wrongCustomers,
} from "../support/delivery/delivery_check.ts";
import {
  customersMax,
  type EventOf,
  produceEvents,
  registrations,
} from "../support/delivery/delivery_events.ts";
import { Fleet } from "../support/delivery/delivery_faults.ts";
import {
  arrivedTable,
  type ConnectorSettings,
  customersTable,
  type DeliveryWorld,
  insertOnce,
  startDeliveryWorld,
  upsertAtLeastOnce,
} from "../support/delivery/delivery_world.ts";
import { Random } from "../support/random.ts";
import { type Happened, storm } from "./faults.ts";

/** The promise under test and how it is checked. */
export type DeliveryMode = "insert" | "upsert";

interface DeliveryChaosOptions {
  readonly mode: DeliveryMode;
  readonly minutes: number;
  readonly events: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

interface DeliveryFindings {
  readonly events: number;
  /** Events without a row; in upsert mode customers whose row isn't that of their last event. */
  readonly missing: number;
  /** Further rows of an event; in upsert mode further rows of a customer. */
  readonly twice: number;
  readonly deadLetters: number;
  /** Workers that ended unexpectedly. */
  readonly surprises: readonly string[];
  readonly happened: Happened;
  /** From the end of the last fault and the last event until everything is committed. */
  readonly settledMs: number;
}

interface Mode {
  readonly schema: string;
  readonly table: string;
  readonly settings: ConnectorSettings;
  readonly look: (world: DeliveryWorld, eventOf: EventOf, events: number) => Promise<Counted>;
}

interface Counted {
  readonly missing: number;
  readonly twice: number;
}

const topic = "events";
const deadLetterTopic = "events.dlq";
const pauseMs = [1_000, 5_000] as const;
const settleMsMax = 600_000;

const modes: Readonly<Record<DeliveryMode, Mode>> = {
  insert: {
    schema: arrivedTable,
    table: "arrived",
    settings: insertOnce,
    look: async (world, _eventOf, events) => {
      const { missing, twice } = await deliveredOnce(world);
      return { missing: Math.max(missing, events - await eventsArrived(world, events)), twice };
    },
  },
  upsert: {
    schema: customersTable,
    table: "customers",
    settings: upsertAtLeastOnce,
    look: async (world, eventOf, events) => {
      const [found] = await world.sql<{ twice: number }[]>`
        select (count(*) - count(distinct customer_id))::int as twice from customers`;
      return { missing: await wrongCustomers(world, eventOf, events), twice: found?.twice ?? customersMax };
    },
  },
};

/** Runs it on its own world. */
async function deliveryChaos(options: DeliveryChaosOptions): Promise<DeliveryFindings> {
  const { mode, minutes, events, seed, say = () => {} } = options;
  const { schema, table, settings, look } = modes[mode];
  await using world = await startDeliveryWorld({
    schema: [schema],
    settings: {
      ...settings,
      "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": deadLetterTopic,
      "errors.deadletterqueue.topic.replication.factor": "1",
    },
  });
  const fleet = new Fleet(world);
  fleet.join();
  fleet.join();
  const eventOf = registrations(topic);
  const ms = minutes * 60_000;
  const producing = produceEvents(world.kafka.bootstrap, {
    eventOf,
    count: events,
    eventsPerSecond: events / (ms / 1000),
  });
  const stage = { world, fleet, table, random: new Random(seed) };
  let isProduced = false;
  const produced = producing.finally(() => isProduced = true); // a busy machine takes longer than planned
  const happened = await storm({ stage, ms, isEnough: () => isProduced, pauseMs, say, monotonic });
  await produced;
  const start = monotonic();
  await allCommitted(world, settleMsMax);
  const settledMs = monotonic() - start;
  for (const worker of [...fleet.members]) await fleet.leave(worker);
  return {
    ...await look(world, eventOf, events),
    ...{ events, happened, settledMs, surprises: fleet.surprises },
    deadLetters: await deadLetters(world, deadLetterTopic),
  };
}

/** Runs it, reports the findings and returns whether they are as promised. */
export async function deliveryScenario(options: DeliveryChaosOptions): Promise<boolean> {
  const say = options.say ?? ((line: string) => console.log(line));
  const { mode, minutes, events, seed } = options;
  say(`${mode} mode, ${events} events over ${minutes} minutes, seed ${seed}`);
  const found = await deliveryChaos({ ...options, say });
  for (const [name, times] of [...found.happened].sort()) say(`${String(times).padStart(4)} x ${name}`);
  for (const surprise of found.surprises) say(`surprise: ${surprise}`);
  say(
    `${found.events} events: ${found.missing} missing, ${found.twice} twice, ${found.deadLetters} in the dead letter ` +
      `queue; settled ${(found.settledMs / 1000).toFixed(1)} s after the storm`,
  );
  return found.missing === 0 && found.twice === 0 && found.deadLetters === 0 && found.surprises.length === 0;
}
