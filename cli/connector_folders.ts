/**
 * Finds connectors: `<root>/<name>/connector.json` and, where a connector has code of its own, `mod.ts` or `mod.js`.
 * One root is what comes with the program, from its sources or from inside a compiled binary; `--config-dir` adds more.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { ConnectorModule } from "../connect/api/plugins.ts";
import { type ConnectorFile, parseConnectorFile } from "./connector_files.ts";
import { embedded } from "./embedded.ts";
import { type ConnectorFactory, pluginKit } from "./plugin_kit.ts";
import { UsageError } from "./usage_error.ts";

/** One folder below a root. */
export interface ConnectorFolder {
  readonly name: string;
  readonly url: URL;
}

/** The folder of the connectors that come with the program. */
export const builtInFolders = new URL("../connectors/", import.meta.url);
const configFile = "connector.json";
/** The first that is there counts. */
const moduleFiles = ["mod.js", "mod.ts"] as const;

interface ModuleExports {
  readonly connector?: ConnectorModule | ConnectorFactory;
}

/**
 * All folders with a `connector.json`, by name.
 *
 * @throws UsageError where two roots have a folder of one name, or a root isn't there
 */
export async function listConnectorFolders(
  ...roots: readonly URL[]
): Promise<readonly ConnectorFolder[]> {
  const folders: ConnectorFolder[] = [];
  for (const root of roots.length === 0 ? [builtInFolders] : roots) folders.push(...await foldersIn(root));
  const sorted = folders.sort((a, b) => a.name < b.name ? -1 : 1);
  const twice = sorted.find(({ name }, index) => sorted[index + 1]?.name === name);
  if (twice === undefined) return sorted;
  throw new UsageError(`Cannot use --config-dir: there is more than one connector folder "${twice.name}"`);
}

async function foldersIn(root: URL): Promise<readonly ConnectorFolder[]> {
  const folders: ConnectorFolder[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(root)) {
      const url = new URL(`${encodeURIComponent(name)}/`, root);
      if (isDirectory && await hasFile(url, configFile)) folders.push({ name, url });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    throw new UsageError(`Cannot read connector folders: there is no folder ${fileURLToPath(root)}`);
  }
  return folders;
}

/**
 * The folder of a name.
 *
 * @throws UsageError that lists the names there are; the name itself never becomes a path
 */
export async function findConnectorFolder(
  name: string,
  ...roots: readonly URL[]
): Promise<ConnectorFolder> {
  const folders = await listConnectorFolders(...roots);
  const found = folders.find((folder) => folder.name === name);
  if (found !== undefined) return found;
  const names = folders.map((folder) => folder.name).join(", ") || "none";
  throw new UsageError(
    `Cannot use --connector ${name}: there is no such folder in connectors/, which has ${names}`,
  );
}

/** The folder's configuration. */
export async function readConnectorFolder({ name, url }: ConnectorFolder): Promise<ConnectorFile> {
  return parseConnectorFile(
    `connectors/${name}/${configFile}`,
    await Deno.readTextFile(new URL(configFile, url)),
  );
}

/** The plugins that the folder brings, empty where it is JSON alone. */
export async function loadConnectorModule(folder: ConnectorFolder): Promise<ConnectorModule> {
  const own = folder.url.href.startsWith(builtInFolders.href) ? embedded()?.modules[folder.name] : undefined;
  const file = own === undefined ? await moduleFileOf(folder) : "mod.ts";
  if (file === undefined) return { plugins: [] };
  const { connector } = await (own?.() ?? importModule(folder, file));
  if (typeof connector === "function") return connector(pluginKit);
  if (connector !== undefined) return connector;
  throw new UsageError(`Cannot use connectors/${folder.name}/${file}: it exports no "connector"`);
}

async function moduleFileOf({ url }: ConnectorFolder): Promise<string | undefined> {
  for (const file of moduleFiles) {
    if (await hasFile(url, file)) return file;
  }
  return undefined;
}

async function importModule({ name, url }: ConnectorFolder, file: string): Promise<ModuleExports> {
  if (embedded() === undefined || file.endsWith(".js")) {
    return await import(new URL(file, url).href) as ModuleExports;
  }
  throw new UsageError(
    `Cannot use ${file} of connector ${name}: the binary reads no TypeScript, a mod.js of its own is expected`,
  );
}

async function hasFile(folder: URL, name: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(name, folder))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
