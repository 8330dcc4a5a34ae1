/**
 * Finds and kills processes by their ids.
 *
 * @module
 */

import process from "node:process";
import { exists, tryCommand } from "./machine.ts";

/** Returns whether a process with that id runs, for any user. A zombie doesn't count. */
export function isThere(pid: number): boolean {
  return send(pid, 0) && !hasEnded(pid);
}

function hasEnded(pid: number): boolean {
  return statOf(pid)?.[0] === "Z";
}

/** Sends kill -9; does nothing if the process has ended. */
export function killIfThere(pid: number): void {
  send(pid, "SIGKILL");
}

function send(pid: number, signal: 0 | "SIGKILL"): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // Another user's process runs too.
    if (error instanceof Error && "code" in error) return error.code !== "ESRCH";
    throw error;
  }
}

/** Returns the ids of a process's children. */
export async function childrenOf(parent: number): Promise<readonly number[]> {
  const parents = await exists("/proc/self") ? parentsFromProc() : await parentsFromPs();
  return parents.filter(([, of]) => of === parent).map(([pid]) => pid);
}

type WithParent = readonly [pid: number, parent: number];

function parentsFromProc(): readonly WithParent[] {
  const numbers = Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter(Number.isInteger);
  return numbers.flatMap((pid): readonly WithParent[] => {
    const stat = statOf(pid);
    return stat === undefined ? [] : [[pid, Number(stat[1])]];
  });
}

/** Returns state, parent and more from Linux; undefined on other systems. */
function statOf(pid: number): readonly string[] | undefined {
  // "PID (NAME) STATE PARENT ...", in which the name may contain anything.
  return readIfThere(`/proc/${pid}/stat`)?.split(")").at(-1)?.trim().split(" ");
}

function readIfThere(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return undefined; // the process has ended meanwhile
  }
}

async function parentsFromPs(): Promise<readonly WithParent[]> {
  const listed = await tryCommand("ps", ["-axo", "pid=,ppid="]);
  return (listed?.text ?? "").trim().split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return [pid ?? 0, parent ?? 0];
  });
}
