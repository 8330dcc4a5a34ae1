/**
 * `deno task chaos`: tests that take too long for `deno task test`.
 *
 *     deno task chaos [delivery] [outage] [cut-over] [simulation] [bad-records] [batches] [bombs] [codec-fuzz]
 *         [outage-seen [--binary FILE]] [rest-churn] [rest-fuzz] [rest-idle] [--mode insert|upsert] [--minutes N] [--events N]
 *         [--rate EVENTS_A_SECOND] [--runs CASES] [--seed N]
 *     deno task chaos --soak [--minutes 45] [--rate EVENTS_A_SECOND] [--backlog EVENTS] [--memory MIB] [--binary FILE]
 *
 * @module
 */

import type { Arguments, CommandSpec } from "../../cli/command.ts";
import { runTask } from "../../cli/task_program.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { type Scenario, type ScenarioOptions, scenarios } from "./scenarios.ts";
import { soak } from "./soak.ts";

const defaults = { minutes: 45, eventsPerSecond: 200, backlog: 5_000, memoryMiB: 200 };

const command: CommandSpec = {
  name: "chaos",
  summary: `Runs tests that take too long for deno task test. Scenarios: ${
    [...scenarios.keys()].join(", ")
  }; default: all`,
  words: "[SCENARIO ...]",
  options: [
    { name: "mode", value: "insert|upsert", help: "delivery: only this mode" },
    { name: "minutes", value: "N", help: `Duration; soak: ${defaults.minutes}` },
    { name: "events", value: "N", help: "Number of events, inputs, requests or connections" },
    { name: "rate", value: "N", help: `Events per second; soak: ${defaults.eventsPerSecond}` },
    { name: "runs", value: "N", help: "batches: number of cases" },
    { name: "seed", value: "N", help: "Seed of random choices, to repeat a run" },
    { name: "soak", help: "Instead of scenarios runs telesales for long and checks its memory" },
    { name: "backlog", value: "N", help: `soak: backlog at the start; default: ${defaults.backlog}` },
    { name: "memory", value: "MIB", help: `soak: memory limit; default: ${defaults.memoryMiB}` },
    { name: "binary", value: "FILE", help: "soak, outage-seen: this binary instead of the sources" },
  ],
};

async function main(given: Arguments): Promise<number> {
  const numberOf = (name: string) => positive(name, given.text(name));
  if (!given.flag("soak")) {
    return await runScenarios(scenariosOf(given.words), {
      mode: given.choice("mode", ["insert", "upsert"]),
      minutes: numberOf("minutes"),
      events: numberOf("events"),
      eventsPerSecond: numberOf("rate"),
      runs: numberOf("runs"),
      seed: numberOf("seed"),
      binary: given.text("binary"),
    });
  }
  return await soak({
    minutes: numberOf("minutes") ?? defaults.minutes,
    eventsPerSecond: numberOf("rate") ?? defaults.eventsPerSecond,
    backlog: numberOf("backlog") ?? defaults.backlog,
    memoryMiB: numberOf("memory") ?? defaults.memoryMiB,
    binary: given.text("binary"),
  });
}

/** Returns all scenarios that prove delivery if none is named. */
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
  console.log(wrong === 0 ? "All promises hold" : `${wrong} of ${wanted.length} scenarios found something`);
  return wrong === 0 ? 0 : 1;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`Cannot use --${name} ${text}: a number above 0 is expected`);
}

Deno.exit(await runTask(command, Deno.args, main));
