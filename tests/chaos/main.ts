/**
 * `deno task chaos`: what takes too long for `deno task test`.
 *
 *     deno task chaos [delivery] [outage] [cut-over] [simulation] [bad-records] [batches] [bombs] [codec-fuzz]
 *         [rest-churn] [rest-fuzz] [rest-idle] [--mode insert|upsert] [--minutes N] [--events N]
 *         [--rate EVENTS_A_SECOND] [--runs CASES] [--seed N]
 *     deno task chaos --soak [--minutes 45] [--rate EVENTS_A_SECOND] [--backlog EVENTS] [--memory MIB] [--binary FILE]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { exitCode, UsageError } from "../../cli/usage_error.ts";
import { MachineLacksError } from "../../sandbox/machine.ts";
import { type Scenario, type ScenarioOptions, scenarios } from "./scenarios.ts";
import { soak } from "./soak.ts";

const defaults = { minutes: 45, eventsPerSecond: 200, backlog: 5_000, memoryMiB: 200 };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      mode: { type: "string" },
      events: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
      soak: { type: "boolean", default: false },
      minutes: { type: "string" },
      rate: { type: "string" },
      backlog: { type: "string" },
      memory: { type: "string" },
      binary: { type: "string" },
    },
  });
  if (!values.soak) {
    return await runScenarios(scenariosOf(positionals), {
      mode: values.mode,
      minutes: numberOf("minutes", values.minutes),
      events: numberOf("events", values.events),
      eventsPerSecond: numberOf("rate", values.rate),
      runs: numberOf("runs", values.runs),
      seed: numberOf("seed", values.seed),
    });
  }
  return await soak({
    minutes: numberOf("minutes", values.minutes) ?? defaults.minutes,
    eventsPerSecond: numberOf("rate", values.rate) ?? defaults.eventsPerSecond,
    backlog: numberOf("backlog", values.backlog) ?? defaults.backlog,
    memoryMiB: numberOf("memory", values.memory) ?? defaults.memoryMiB,
    binary: values.binary,
  });
}

/** All that prove delivery, where none is named. */
function scenariosOf(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return [...scenarios.values()];
  return names.map((name) => {
    const scenario = scenarios.get(name);
    if (scenario !== undefined) return scenario;
    throw new UsageError(`Cannot run ${name}: ${[...scenarios.keys()].join(", ")} or --soak is expected`);
  });
}

async function runScenarios(wanted: readonly Scenario[], options: ScenarioOptions): Promise<number> {
  let wrong = 0;
  for (const scenario of wanted) {
    if (!await scenario(options)) wrong++;
  }
  console.log(wrong === 0 ? "All is as promised" : `${wrong} of ${wanted.length} scenarios found something`);
  return wrong === 0 ? 0 : 1;
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`Cannot use --${name} ${text}: a number above 0 is expected`);
}

try {
  Deno.exit(await main());
} catch (error) {
  if (!(error instanceof MachineLacksError || error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(error instanceof UsageError ? exitCode.usage : exitCode.failed);
}
