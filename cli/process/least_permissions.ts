/** Gives up what a command doesn't need: what a task or a binary may do is set before its arguments are known. @module */

import type { Command } from "../command.ts";
import { commands } from "../commands.ts";
import { keepOnly, type Right } from "./rights.ts";

/**
 * What the command behind these arguments may do when it begins; nothing for an unknown one.
 *
 * @example
 * ```ts
 * import { rightsFor } from "./least_permissions.ts";
 * if (rightsFor(["dry-run"]).join() !== "env,read") throw new Error("a dry run connects to nothing");
 * if (rightsFor(["validate", "--offline"]).includes("net")) throw new Error("nor does this");
 * ```
 */
export function rightsFor([name, ...options]: readonly string[]): readonly Right[] {
  const command: Command | undefined = commands.find((known) => known.name === name);
  const isOffline = options.includes("--offline") ||
    (name === "dry-run" && !options.includes("--with-database"));
  return (command?.rights ?? []).filter((right) => right !== "net" || !isOffline);
}

/** Gives up the rest for good. */
export function giveUpPermissions(args: readonly string[]): void {
  keepOnly(rightsFor(args));
}
