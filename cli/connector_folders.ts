/**
 * Finds the connectors that come with the program: `connectors/<name>/connector.json` and, where a connector has
 * code of its own, `mod.ts`. Works from the sources and from inside a compiled binary.
 *
 * @module
 */

import type { ConnectorModule } from "../connect/api/plugins.ts";
import { type ConnectorFile, parseConnectorFile } from "./connector_files.ts";
import { UsageError } from "./usage_error.ts";

/** One folder below `connectors/`. */
export interface ConnectorFolder {
  readonly name: string;
  readonly url: URL;
}

const builtInFolders = new URL("../connectors/", import.meta.url);
const configFile = "connector.json";
const moduleFile = "mod.ts";

/** All folders with a `connector.json`, by name. */
export async function listConnectorFolders(root: URL = builtInFolders): Promise<readonly ConnectorFolder[]> {
  const folders: ConnectorFolder[] = [];
  for await (const { name, isDirectory } of Deno.readDir(root)) {
    const url = new URL(`${encodeURIComponent(name)}/`, root);
    if (isDirectory && await hasFile(url, configFile)) folders.push({ name, url });
  }
  return folders.sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * The folder of a name.
 *
 * @throws UsageError that lists the names there are; the name itself never becomes a path
 */
export async function findConnectorFolder(
  name: string,
  root: URL = builtInFolders,
): Promise<ConnectorFolder> {
  const folders = await listConnectorFolders(root);
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
export async function loadConnectorModule({ name, url }: ConnectorFolder): Promise<ConnectorModule> {
  if (!await hasFile(url, moduleFile)) return { plugins: [] };
  const { connector } = await import(new URL(moduleFile, url).href) as {
    readonly connector?: ConnectorModule;
  };
  if (connector !== undefined) return connector;
  throw new UsageError(`Cannot use connectors/${name}/${moduleFile}: it exports no "connector"`);
}

async function hasFile(folder: URL, name: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(name, folder))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
