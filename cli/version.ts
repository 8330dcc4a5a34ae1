/** The version of the program, from `deno.json`. @module */

import config from "../deno.json" with { type: "json" };
import { embedded } from "./embedded.ts";

/** As configurations and metrics show it. */
export const version: string = config.version;

/** As `--version` prints it: a binary also says what it was made of. */
export function versionLine(program: string): string {
  const build = embedded();
  const made = build === undefined ? "" : ` (commit ${build.commit}, Deno ${Deno.version.deno})`;
  return `${program} ${version}${made}`;
}

/** The version of Kafka Connect whose behaviour this is: tools ask for it to know which endpoints there are. */
export const kafkaVersion = "4.3.1";
