/** Tests of what a machine lacks the tools for: said aloud, and refused where everything has to be tried. @module */

import assert from "node:assert/strict";
import { tryCommand } from "../../../sandbox/machine.ts";

/**
 * Registers a test in the place of those that can't be tried here. It passes, with the reason in its name; where the
 * variable CI is set it fails, since there nothing may stay untried.
 */
export function notTried(what: string, reason: string): void {
  console.log(`NOT TRIED: ${what}. ${reason}`);
  Deno.test(`NOT TRIED here: ${what}`, () => assert.ok(!Deno.env.get("CI"), `${what}: ${reason}`));
}

/** Whether a program is on this machine's path. */
export async function hasProgram(name: string, ...args: readonly string[]): Promise<boolean> {
  return await tryCommand(name, args.length === 0 ? ["--version"] : args) !== undefined;
}
