/**
 * The variables of the environment. The program takes them when it starts and gives up the permission to read more, so
 * that neither libraries nor the code of connectors can read one: they are told values by references in configurations.
 *
 * @module
 */

import process from "node:process";

/** The variables a worker's settings are made of; they are read again with each new connection. */
const settingPrefix = "CONNECT_";

let taken: Map<string, string> | undefined;
const asked = new Set<string>();

/** Undefined where the variable isn't set, or was forgotten. */
export function variable(name: string): string | undefined {
  asked.add(name);
  return taken === undefined ? Deno.env.get(name) : taken.get(name);
}

/** All variables that are set and not forgotten. */
export function variables(): Readonly<Record<string, string>> {
  return taken === undefined ? Deno.env.toObject() : Object.fromEntries(taken);
}

/** Takes the variables of the process; from then on only this module has them, and nothing brings the rest back. */
export function takeEnvironment(): void {
  const mayRead = Deno.permissions.querySync({ name: "env" }).state === "granted";
  taken = new Map(mayRead ? Object.entries(Deno.env.toObject()) : []);
  process.env = {}; // libraries look here for options of theirs, and would end the program without permission
  Deno.permissions.revokeSync({ name: "env" });
}

/**
 * Forgets the variables that weren't asked for, now that the configurations are read; settings stay. In a process
 * that has taken none, as a test's, nothing changes.
 *
 * @param allowed names that may be asked for later
 */
export function forgetOtherVariables(allowed: readonly string[]): void {
  for (const name of taken?.keys() ?? []) {
    const isKept = name.startsWith(settingPrefix) || asked.has(name) || allowed.includes(name);
    if (!isKept) taken?.delete(name);
  }
}
