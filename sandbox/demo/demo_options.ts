/** The demo's own arguments. @module */

import { type CommandSpec, readArguments } from "../../cli/command.ts";

/** How the demo is shown, as a command, for its help. */
export const demoCommand: CommandSpec = {
  name: "demo",
  summary:
    "Shows the telesales connector at work on a shop, a Kafka and two databases of its own; Ctrl-C ends it.",
  options: [
    { name: "seconds", value: "N", help: "Ends by itself after that long" },
    { name: "rate", value: "N", help: "Events a second that happen in the shop; 200" },
    { name: "external", help: "Uses the Kafka and the Bank 2 that the environment names" },
  ],
};

/** What the demo was asked for. */
export interface DemoOptions {
  /** Infinity: until Ctrl-C. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly isExternal: boolean;
  readonly wantsHelp: boolean;
}

const rateDefault = 200;

/** Reads the arguments. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  const given = readArguments(demoCommand, args);
  return {
    seconds: given.count("seconds") ?? Infinity,
    eventsPerSecond: given.count("rate") ?? rateDefault,
    isExternal: given.flag("external"),
    wantsHelp: given.flag("help"),
  };
}
