/** Drops permissions that a command doesn't need: processes start with those of all commands. @module */

import type { Command } from "../command.ts";
import { commands } from "../commands.ts";
import { keepOnly, type Right } from "./rights.ts";

/**
 * Returns the permissions that a command needs at its start; none for an unknown command.
 *
 * @example
 * ```ts
 * import { rightsFor } from "./least_permissions.ts";
 * if (rightsFor(["dry-run"]).join() !== "env,read") throw new Error("a dry run connects to nothing");
 * if (rightsFor(["validate", "--offline"]).includes("net")) throw new Error("nor does offline validation");
 * ```
 */
export function rightsFor([name, ...options]: readonly string[]): readonly Right[] {
  const command: Command | undefined = commands.find((known) => known.name === name);
  const isOffline = options.includes("--offline") ||
    (name === "dry-run" && !options.includes("--with-database"));
  return (command?.rights ?? []).filter((right) => right !== "net" || !isOffline);
}

/** Drops all other permissions for good. */
export function giveUpPermissions(args: readonly string[]): void {
  keepOnly(rightsFor(args));
}
