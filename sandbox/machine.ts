/** Finds programs, free ports and a cache folder on the machine. @module */

import { dirname, join } from "node:path";
import { noProgramCode, runOwned } from "./owned_process.ts";

/** The machine lacks something. The message says in one sentence what, and how to get it. */
export class MachineLacksError extends Error {
  override name = "MachineLacksError";
}

// Below the kernel's range for outgoing connections (from 32768 on Linux), so that none takes a chosen port
// in the seconds before a server listens on it.
const portMin = 20_000;
const portCount = 12_000;
const portTriesMax = 200;
const startTriesMax = 3;

/** Returns a port of 127.0.0.1 on which nothing listens. */
export function freePort(): number {
  for (let tries = 0; tries < portTriesMax; tries++) {
    const port = portMin + Math.floor(Math.random() * portCount);
    if (canListen(port)) return port;
  }
  throw new Error(
    `Cannot find a free port: ${portTriesMax} between ${portMin} and ${portMin + portCount} are taken`,
  );
}

/** Another process took a server's port first. */
export class PortTakenError extends Error {
  override name = "PortTakenError";
}

/** Starts a server on free ports; retries if another process takes one of them first. */
export async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === startTriesMax) throw error;
    }
  }
}

function canListen(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

interface CommandResult {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly text: string;
}

/** Runs a command to its end; returns undefined if there is no such program. */
export async function tryCommand(
  program: string,
  args: readonly string[],
): Promise<CommandResult | undefined> {
  const { code, stdout, stderr } = await runOwned(program, { args });
  return code === noProgramCode ? undefined : { code, text: stdout + stderr };
}

/**
 * Returns the folder for downloads outside the project: `$XDG_CACHE_HOME/sluice`, or else `~/.cache/sluice`.
 */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME");
  if (base) return join(base, "sluice");
  const home = Deno.env.get("HOME");
  return home ? join(home, ".cache", "sluice") : sharedCacheFolder;
}

/** Does the same as `cacheFolder`, but readable by other users, who can't enter a home of mode 0700. */
export async function cacheFolderForOthers(): Promise<string> {
  const folder = cacheFolder();
  return await othersReach(folder) ? folder : sharedCacheFolder;
}

const sharedCacheFolder = "/var/cache/sluice";
const executeByOthers = 0o001;

/** Returns whether other users can enter all existing folders of a path. */
export async function othersReach(path: string): Promise<boolean> {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    const info = await Deno.stat(folder).catch(() => undefined); // folders that don't exist yet are created later
    if (info?.mode != null && (info.mode & executeByOthers) === 0) return false;
  }
  return true;
}

/**
 * Fills a folder once for all processes: `fill` writes into a new folder, which is then renamed. If two
 * processes do this at the same time, the first wins and the other's copy is removed.
 */
export async function fillOnce(folder: string, fill: (unfinished: string) => Promise<void>): Promise<string> {
  if (await exists(folder)) return folder;
  await Deno.mkdir(dirname(folder), { recursive: true });
  const unfinished = await Deno.makeTempDir({ dir: dirname(folder), prefix: "unfinished-" });
  try {
    await fill(unfinished);
    await Deno.chmod(unfinished, 0o755);
    await Deno.rename(unfinished, folder);
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    if (!await exists(folder)) throw error;
  }
  return folder;
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
