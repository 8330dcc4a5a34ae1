import config from "../deno.json" with { type: "json" };
import { embedded } from "./embedded.ts";

/** Sluice's version, from `deno.json`. */
export const version: string = config.version;

/** Returns the line that `--version` prints; a binary adds its commit. */
export function versionLine(program: string): string {
  const build = embedded();
  const made = build === undefined ? "" : ` (commit ${build.commit}, Deno ${Deno.version.deno})`;
  return `${program} ${version}${made}`;
}

/** Version of Kafka Connect that the REST API reports; clients use it to choose endpoints. */
export const kafkaVersion = "4.3.1";
