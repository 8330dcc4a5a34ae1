/** Parses the demo's arguments. @module */

import { type CommandSpec, readArguments } from "../../cli/command.ts";

/** The demo as a command, for its help. */
export const demoCommand: CommandSpec = {
  name: "demo",
  summary: "Shows the telesales connector at work, with its own shop, Kafka and databases; Ctrl-C ends it.",
  options: [
    { name: "seconds", value: "N", help: "Seconds until it ends by itself" },
    { name: "rate", value: "N", help: "Events per second in the shop; default: 200" },
    { name: "external", help: "Uses the Kafka and the Bank 2 named in the environment" },
  ],
};

export interface DemoOptions {
  /** Infinity means until Ctrl-C. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly isExternal: boolean;
  readonly wantsHelp: boolean;
}

const rateDefault = 200;

export function readDemoOptions(args: readonly string[]): DemoOptions {
  const given = readArguments(demoCommand, args);
  return {
    seconds: given.count("seconds") ?? Infinity,
    eventsPerSecond: given.count("rate") ?? rateDefault,
    isExternal: given.flag("external"),
    wantsHelp: given.flag("help"),
  };
}
