/** The scenarios of `deno task chaos` for delivery and the control API, by name. @module */

import { UsageError } from "../../cli/usage_error.ts";
import { batchesScenario } from "./batches.ts";
import { type DeliveryMode, deliveryScenario } from "./delivery.ts";
import { cutOverScenario } from "./cut_over.ts";
import { outageScenario } from "./outage.ts";
import { outageSeenScenario } from "./outage_seen.ts";
import { badRecordsScenario } from "./bad_records.ts";
import { simulationScenario } from "./simulation.ts";
import { bombs } from "./bombs.ts";
import { codecFuzz } from "./codec_fuzz.ts";
import { restChurn } from "./rest_churn.ts";
import { restFuzz } from "./rest_fuzz.ts";
import { idleConnections } from "./idle_connections.ts";

/** Options of a scenario from the command line; each has a default. */
export interface ScenarioOptions {
  readonly minutes?: number | undefined;
  readonly events?: number | undefined;
  readonly eventsPerSecond?: number | undefined;
  readonly seed?: number | undefined;
  readonly mode?: string | undefined;
  readonly runs?: number | undefined;
  /** A compiled program to use instead of the sources, if the scenario supports it. */
  readonly binary?: string | undefined;
}

/** Runs a scenario, reports its findings and returns whether they are as promised. */
export type Scenario = (options: ScenarioOptions) => Promise<boolean>;

const modes: readonly DeliveryMode[] = ["insert", "upsert"];
const seedMax = 2 ** 31;

export const scenarios: ReadonlyMap<string, Scenario> = new Map<string, Scenario>([
  ["delivery", async ({ minutes = 5, events = 1_000_000, seed = anySeed(), mode }) => {
    let isRight = true;
    for (const each of modesOf(mode)) {
      isRight = await deliveryScenario({ mode: each, minutes, events, seed }) && isRight;
    }
    return isRight;
  }],
  [
    "outage",
    ({ minutes = 10, eventsPerSecond = 1_000 }) => outageScenario({ seconds: minutes * 60, eventsPerSecond }),
  ],
  ["cut-over", ({ eventsPerSecond = 1_000 }) => cutOverScenario({ eventsPerSecond })],
  ["simulation", ({ events = 10_000, seed = anySeed() }) => simulationScenario({ schedules: events, seed })],
  ["bad-records", ({ events = 100_000 }) => badRecordsScenario({ events })],
  ["batches", ({ runs = 20_000, seed = anySeed() }) => batchesScenario({ runs, seed })],
  ["bombs", () => bombs()],
  ["codec-fuzz", ({ events = 1_000_000, seed = anySeed() }) => codecFuzz({ inputs: events, seed })],
  ["outage-seen", ({ binary }) => outageSeenScenario(binary)],
  ["rest-churn", () => restChurn({ connectors: 200, clients: 20, waves: 4 })],
  ["rest-fuzz", ({ events = 10_000, seed = anySeed() }) => restFuzz({ requests: events, seed })],
  [
    "rest-idle",
    ({ events = 20_000, eventsPerSecond = 500 }) => idleConnections({ connections: events, eventsPerSecond }),
  ],
]);

function modesOf(named: string | undefined): readonly DeliveryMode[] {
  if (named === undefined) return modes;
  const mode = modes.find((known) => known === named);
  if (mode === undefined) {
    throw new UsageError(`Cannot use --mode ${named}: ${modes.join(" or ")} is expected`);
  }
  return [mode];
}

function anySeed(): number {
  return Math.floor(Math.random() * seedMax);
}
