/**
 * A control group that limits a program's memory, as a small virtual machine would.
 *
 * Needs Linux and a user who may create control groups (version 1 or 2).
 *
 * @module
 */

import { join } from "node:path";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

/** A control group for programs. */
interface MemoryGroup extends AsyncDisposable {
  /** Words before a command; the process keeps its id. */
  readonly launcher: readonly string[];
  /** Reads the kernel's counters. */
  read(): Promise<MemoryUse>;
}

/** The group's memory, including page cache. */
interface MemoryUse {
  /** Absent if the kernel doesn't tell (version 2 before Linux 5.19). */
  readonly peakBytes: number | undefined;
  /** Processes that were killed for exceeding the limit. */
  readonly killed: number;
}

interface Version {
  /** The folder in which the group is created. */
  readonly root: string;
  readonly limits: (bytes: number) => Readonly<Record<string, string>>;
  readonly peakFile: string;
  readonly eventsFile: string;
}

const root = "/sys/fs/cgroup";
const versions: readonly Version[] = [
  {
    root: join(root, "memory"),
    limits: (bytes) => ({ "memory.limit_in_bytes": String(bytes) }),
    peakFile: "memory.max_usage_in_bytes",
    eventsFile: "memory.oom_control",
  },
  {
    root,
    limits: (bytes) => ({ "memory.max": String(bytes), "memory.swap.max": "0" }),
    peakFile: "memory.peak",
    eventsFile: "memory.events",
  },
];
const enter = 'echo $$ >"$0" && exec "$@"';

/** Creates a group; undefined if this user can't here. */
export async function makeMemoryGroup(bytes: number): Promise<MemoryGroup | undefined> {
  for (const version of versions) {
    const folder = join(version.root, `sluice-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`);
    if (await makeGroup(folder, version.limits(bytes))) return groupIn(folder, version);
  }
  return undefined;
}

async function makeGroup(folder: string, limits: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    await Deno.mkdir(folder);
  } catch {
    return false; // no control groups of this version, or not for this user
  }
  try {
    for (const [file, value] of Object.entries(limits)) {
      await Deno.writeTextFile(join(folder, file), value, { create: false });
    }
    return true;
  } catch {
    await Deno.remove(folder); // the memory controller is off here
    return false;
  }
}

function groupIn(folder: string, { peakFile, eventsFile }: Version): MemoryGroup {
  const text = async (file: string) => await Deno.readTextFile(join(folder, file)).catch(() => "");
  return {
    launcher: ["/bin/sh", "-c", enter, join(folder, "cgroup.procs")],
    read: async () => {
      const peak = (await text(peakFile)).trim();
      const killed = /^oom_kill (\d+)$/m.exec(await text(eventsFile))?.[1];
      return { peakBytes: peak === "" ? undefined : Number(peak), killed: Number(killed ?? 0) };
    },
    [Symbol.asyncDispose]: () => removeGroup(folder),
  };
}

/** A group can be removed once its last process has ended. */
async function removeGroup(folder: string): Promise<void> {
  await pollUntil(`the end of what runs in ${folder}`, waitMsMax, async () => {
    try {
      await Deno.remove(folder);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      if (error instanceof Deno.errors.Busy || /os error 16/.test(String(error))) return undefined;
      throw error;
    }
  });
}

/**
 * A process' peak of memory, without the pages of its program and libraries: the kernel can read these again, and
 * processes share them.
 */
export async function peakMiBOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kibibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Infinity);
  return (kibibytes("VmHWM") - kibibytes("RssFile")) / 1024;
}
