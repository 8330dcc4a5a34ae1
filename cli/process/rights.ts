/** What this process may still ask Deno for. @module */

import { takeEnvironment } from "./environment.ts";

/** What a command may need; of `sys` it is the host's name alone. */
export const rights = ["env", "net", "read", "sys", "write"] as const;
export type Right = typeof rights[number];

let isOwnProcess = false;

/**
 * Gives up everything else, before anything of a command runs; for a process of its own, since nothing brings permissions
 * back. Variables are taken first, and code from other hosts is never imported.
 */
export function keepOnly(needed: readonly Right[]): void {
  isOwnProcess = true;
  takeEnvironment();
  Deno.permissions.revokeSync({ name: "import" });
  giveUp(...rights.filter((right) => !needed.includes(right)));
}

/** Gives up what a command needed until now. A process that isn't the command's own, as a test's, keeps it. */
export function giveUp(...given: readonly Right[]): void {
  if (!isOwnProcess) return;
  for (const name of given) Deno.permissions.revokeSync({ name });
}
