/** Reports tests whose tools a machine lacks, and fails them in CI. @module */

import assert from "node:assert/strict";
import { tryCommand } from "../../../sandbox/machine.ts";

/**
 * Registers a test instead of those that can't run here. It passes with the reason in its name, and fails if the
 * variable CI is set.
 */
export function notTried(what: string, reason: string): void {
  console.log(`NOT TRIED: ${what}. ${reason}`);
  Deno.test(`NOT TRIED here: ${what}`, () => assert.ok(!Deno.env.get("CI"), `${what}: ${reason}`));
}

/** Whether a program is on the PATH. */
export async function hasProgram(name: string, ...args: readonly string[]): Promise<boolean> {
  return await tryCommand(name, args.length === 0 ? ["--version"] : args) !== undefined;
}
