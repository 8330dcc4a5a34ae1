/**
 * Processes by their numbers.
 *
 * @module
 */

import process from "node:process";
import { exists, tryCommand } from "./machine.ts";

/** Whether a process with that number runs, of whatever user. One that has ended and waits for its parent doesn't. */
export function isThere(pid: number): boolean {
  return send(pid, 0) && !hasEnded(pid);
}

function hasEnded(pid: number): boolean {
  return statOf(pid)?.[0] === "Z";
}

/** kill -9, without complaint where it ended meanwhile. */
export function killIfThere(pid: number): void {
  send(pid, "SIGKILL");
}

function send(pid: number, signal: 0 | "SIGKILL"): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // A process of somebody else's is there, too.
    if (error instanceof Error && "code" in error) return error.code !== "ESRCH";
    throw error;
  }
}

/** The processes that this one has started. */
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

/** State, parent and more, as Linux tells them; undefined where it doesn't. */
function statOf(pid: number): readonly string[] | undefined {
  // "PID (NAME) STATE PARENT ...", and the name may hold anything.
  return readIfThere(`/proc/${pid}/stat`)?.split(")").at(-1)?.trim().split(" ");
}

function readIfThere(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return undefined; // the process ended since the folder was read
  }
}

async function parentsFromPs(): Promise<readonly WithParent[]> {
  const listed = await tryCommand("ps", ["-axo", "pid=,ppid="]);
  return (listed?.text ?? "").trim().split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return [pid ?? 0, parent ?? 0];
  });
}
