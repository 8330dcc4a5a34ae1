/** The permissions of this process. @module */

import { takeEnvironment } from "./environment.ts";

/** Permissions that a command may need; `sys` covers only the host name. */
const rights = ["env", "net", "read", "sys", "write"] as const;
export type Right = typeof rights[number];

let isOwnProcess = false;

/**
 * Drops all other permissions before a command runs. It can't be undone, so the process must be the command's
 * own. Variables are read first, and importing code from other hosts is never allowed.
 */
export function keepOnly(needed: readonly Right[]): void {
  isOwnProcess = true;
  takeEnvironment();
  Deno.permissions.revokeSync({ name: "import" });
  giveUp(...rights.filter((right) => !needed.includes(right)));
}

/** Drops permissions that a command no longer needs. Tests, which share a process, keep them. */
export function giveUp(...given: readonly Right[]): void {
  if (!isOwnProcess) return;
  for (const name of given) Deno.permissions.revokeSync({ name });
}
