/**
 * Environment variables. The program reads them when it starts and drops the permission to read more: neither
 * libraries nor connectors' code can read any; references in configurations give them values.
 *
 * @module
 */

import process from "node:process";

/** Variables that contain worker settings. They are read again for each new connection. */
const settingPrefix = "CONNECT_";

let taken: Map<string, string> | undefined;
const asked = new Set<string>();

/** Returns a variable, or undefined if it isn't set or was forgotten. */
export function variable(name: string): string | undefined {
  asked.add(name);
  return taken === undefined ? Deno.env.get(name) : taken.get(name);
}

/** Returns all variables that are set and weren't forgotten. */
export function variables(): Readonly<Record<string, string>> {
  return taken === undefined ? Deno.env.toObject() : Object.fromEntries(taken);
}

/** Moves the process's variables into this module, for good: no other code can read them afterwards. */
export function takeEnvironment(): void {
  const mayRead = Deno.permissions.querySync({ name: "env" }).state === "granted";
  taken = new Map(mayRead ? Object.entries(Deno.env.toObject()) : []);
  process.env = {}; // libraries read it, and without permission that would end the program
  Deno.permissions.revokeSync({ name: "env" });
}

/**
 * Forgets the variables that weren't read, after all configurations were. Settings stay. It does nothing if
 * the process's variables weren't taken, as in tests.
 *
 * @param allowed names that may be read later
 */
export function forgetOtherVariables(allowed: readonly string[]): void {
  for (const name of taken?.keys() ?? []) {
    const isKept = name.startsWith(settingPrefix) || asked.has(name) || allowed.includes(name);
    if (!isKept) taken?.delete(name);
  }
}
