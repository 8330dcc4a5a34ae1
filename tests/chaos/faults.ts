/** The faults of a storm and their random choice. @module */

import { sleep } from "../../sandbox/wait.ts";
import {
  type Fleet,
  holdNetwork,
  lockTable,
  readOnly,
  terminateSessions,
} from "../support/delivery/delivery_faults.ts";
import type { DeliveryWorld } from "../support/delivery/delivery_world.ts";
import type { Random } from "../support/random.ts";

/** Faults of one lane never overlap; those of different lanes do. */
type Lane = "workers" | "broker" | "database" | "network";

interface Stage {
  readonly world: DeliveryWorld;
  readonly fleet: Fleet;
  readonly random: Random;
  /** The table that is locked. */
  readonly table: string;
}

/** A fault, which is over when its promise resolves. */
interface Fault {
  readonly name: string;
  readonly lane: Lane;
  readonly strike: (stage: Stage) => Promise<void>;
}

const membersMax = 3;
/** Longer than the workers' session timeout, in milliseconds. */
const freezeMsMin = 4_500;
const freezeMsMax = 9_000;
const lockMs = 10_000;
const readOnlyMsMin = 1_000;
const readOnlyMsMax = 4_000;
const stallMsMin = 2_000;
const stallMsMax = 9_000;
const awayMsMax = 3_000;

/** All faults, equally likely. */
const faults: readonly Fault[] = [
  {
    name: "kill -9 of a worker",
    lane: "workers",
    strike: async ({ fleet, random }) => {
      await fleet.kill(fleet.pick(random));
      if (fleet.size === 0) fleet.join();
    },
  },
  {
    name: "a worker stands still for longer than its session",
    lane: "workers",
    strike: ({ fleet, random }) => fleet.freeze(random.integer(freezeMsMin, freezeMsMax), fleet.pick(random)),
  },
  {
    name: "a member joins or leaves",
    lane: "workers",
    strike: async ({ fleet, random }) => {
      if (fleet.size < 2 || (fleet.size < membersMax && random.chance(0.5))) fleet.join();
      else await fleet.leave(fleet.pick(random));
    },
  },
  { name: "the broker restarts", lane: "broker", strike: ({ world }) => world.kafka.restart() },
  { name: "PostgreSQL restarts", lane: "database", strike: ({ world }) => world.postgres.restart() },
  {
    name: "PostgreSQL crashes and is away",
    lane: "database",
    strike: async ({ world, random }) => {
      await world.postgres.kill();
      await sleep(random.integer(0, awayMsMax));
      await world.postgres.restart();
    },
  },
  {
    name: "its connections are terminated",
    lane: "database",
    strike: ({ world }) => terminateSessions(world),
  },
  {
    name: "the table is locked for 10 s",
    lane: "database",
    strike: ({ world, table }) => lockTable(world, table, lockMs),
  },
  {
    name: "the database becomes read-only",
    lane: "database",
    strike: ({ world, random }) => readOnly(world, random.integer(readOnlyMsMin, readOnlyMsMax)),
  },
  {
    name: "the connection ends between COMMIT and its answer",
    lane: "network",
    strike: ({ world }) => Promise.resolve(world.proxy.loseNextCommitAnswer()),
  },
  {
    name: "the connection ends right before COMMIT",
    lane: "network",
    strike: ({ world }) => Promise.resolve(world.proxy.loseNextCommit()),
  },
  {
    name: "the network stalls, and what was sent arrives late",
    lane: "network",
    strike: ({ world, random }) => holdNetwork(world, random.integer(stallMsMin, stallMsMax)),
  },
  {
    name: "the network stalls, and what was sent is lost",
    lane: "network",
    strike: async ({ world, random }) => {
      world.proxy.stall();
      await sleep(random.integer(stallMsMin, stallMsMax));
      world.proxy.cut(); // TCP can't continue after lost bytes: its connections are dead
      world.proxy.resume();
    },
  },
];

/** Number of occurrences by fault. */
export type Happened = ReadonlyMap<string, number>;

interface StormOptions {
  readonly stage: Stage;
  readonly ms: number;
  /** The storm continues until this returns true. */
  readonly isEnough: () => boolean;
  /** Pause between the starts of two faults, in milliseconds. */
  readonly pauseMs: readonly [min: number, max: number];
  readonly say: (line: string) => void;
  readonly monotonic: () => number;
}

/** Causes faults for the given time or longer; resolves when the last one is over. */
export async function storm(
  { stage, ms, isEnough, pauseMs, say, monotonic }: StormOptions,
): Promise<Happened> {
  const happened = new Map<string, number>();
  const underWay = new Map<Lane, Promise<void>>();
  const start = monotonic();
  while (monotonic() - start < ms || !isEnough()) {
    await sleep(stage.random.integer(...pauseMs));
    const fault = stage.random.pick(faults);
    await underWay.get(fault.lane);
    const seconds = ((monotonic() - start) / 1000).toFixed(1);
    say(`${seconds} s: ${fault.name}`);
    happened.set(fault.name, (happened.get(fault.name) ?? 0) + 1);
    underWay.set(fault.lane, fault.strike(stage));
  }
  await Promise.all(underWay.values());
  return happened;
}
