/** What a binary may do is put into it for all of its commands; each gives up what it needs not. @module */

import { commands } from "./commands.ts";

/** Permissions that only some commands need. */
export type Dispensable = "net" | "write";

/**
 * What the command behind these arguments does without; for an unknown one that is everything.
 *
 * @example
 * ```ts
 * import { dispensableFor } from "./least_permissions.ts";
 * if (dispensableFor(["start"]).join() !== "write") throw new Error("start writes no files");
 * ```
 */
export function dispensableFor([name]: readonly string[]): readonly Dispensable[] {
  const command = commands.find((known) => known.name === name);
  return [
    ...(command?.writesFiles === true ? [] : ["write"] as const),
    ...(command === undefined || command.staysOffline === true ? ["net"] as const : []),
  ];
}

/** Gives them up for good; for a process of its own, since nothing brings them back. */
export function giveUpPermissions(args: readonly string[]): void {
  for (const name of dispensableFor(args)) Deno.permissions.revokeSync({ name });
}
