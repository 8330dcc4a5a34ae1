/** Gives up what a command doesn't need: what a task or a binary may do is set before its arguments are known. @module */

import { type CommandSpec, type Right, rights } from "./command.ts";
import { commands } from "./commands.ts";
import { takeEnvironment } from "./environment.ts";

let isOwnProcess = false;

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
  const command: CommandSpec | undefined = commands.find((known) => known.name === name);
  const isOffline = options.includes("--offline");
  return (command?.rights ?? []).filter((right) => right !== "net" || !isOffline);
}

/**
 * Gives up what the command doesn't need, before anything of it runs; for a process of its own, since nothing brings
 * permissions back. Variables are taken first, and code from other hosts is never imported.
 */
export function giveUpPermissions(args: readonly string[]): void {
  isOwnProcess = true;
  takeEnvironment();
  Deno.permissions.revokeSync({ name: "import" });
  const needed = rightsFor(args);
  giveUp(...rights.filter((right) => !needed.includes(right)));
}

/** Gives up what a command needed until now. A process that isn't the command's own, as a test's, keeps it. */
export function giveUp(...given: readonly Right[]): void {
  if (!isOwnProcess) return;
  for (const name of given) Deno.permissions.revokeSync({ name });
}
