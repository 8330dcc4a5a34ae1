import { fileURLToPath } from "node:url";
import { type ConnectorFile, parseConnectorFile } from "./catalog/connector_files.ts";
import { didYouMean } from "./commands/nearest_word.ts";
import { reasonOf } from "./process/file_reasons.ts";
import { decodeText } from "./process/read_text.ts";
import { UsageError } from "./usage_error.ts";

/** A folder of a root: `connector.json` and, if the connector has code, `mod.ts` or `mod.js`. */
export interface ConnectorFolder {
  readonly name: string;
  readonly url: URL;
}

/** Connector folders of the program, in its sources or in a compiled binary; `--config-dir` adds more. */
export const builtInFolders = new URL("../connectors/", import.meta.url);
const configFile = "connector.json";

/**
 * Returns all folders with a `connector.json`, by name.
 *
 * @throws UsageError if a root is missing or two roots have a folder of one name
 */
export async function listConnectorFolders(
  ...roots: readonly URL[]
): Promise<readonly ConnectorFolder[]> {
  const folders: ConnectorFolder[] = [];
  for (const root of roots.length === 0 ? [builtInFolders] : roots) folders.push(...await foldersIn(root));
  const sorted = folders.sort((a, b) => a.name < b.name ? -1 : 1);
  const twice = sorted.find(({ name }, index) => sorted[index + 1]?.name === name);
  if (twice === undefined) return sorted;
  const places = sorted.filter(({ name }) => name === twice.name).map(({ url }) => fileURLToPath(url));
  throw new UsageError(
    `Cannot use --config-dir: there is more than one connector folder "${twice.name}": ${places.join(", ")}`,
  );
}

async function foldersIn(root: URL): Promise<readonly ConnectorFolder[]> {
  const folders: ConnectorFolder[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(root)) {
      const url = new URL(`${encodeURIComponent(name)}/`, root);
      if (isDirectory && await hasFile(url, configFile)) folders.push({ name, url });
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UsageError(`Cannot read connector folders: there is no folder ${fileURLToPath(root)}`);
    }
    throw new UsageError(`Cannot read the folder ${fileURLToPath(root)}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return folders;
}

/**
 * Returns the folder of a name.
 *
 * @throws UsageError that lists the known names; the name itself never becomes a path
 */
export async function findConnectorFolder(
  name: string,
  ...roots: readonly URL[]
): Promise<ConnectorFolder> {
  const folders = await listConnectorFolders(...roots);
  const found = folders.find((folder) => folder.name === name);
  if (found !== undefined) return found;
  const names = folders.map((folder) => folder.name).join(", ") || "none";
  const searched = roots.length === 0 ? [builtInFolders] : roots;
  const places = searched.map((root) =>
    root.href === builtInFolders.href ? "connectors/" : fileURLToPath(root)
  );
  const below = await rootBelow(searched, name);
  throw new UsageError(
    `Cannot use --connector ${name}: there is no such folder in ${places.join(", ")}, which has ${names}` +
      (below === undefined
        ? didYouMean(name, folders.map((folder) => folder.name))
        : `; --config-dir ${below} has one`),
  );
}

/** `connectors` below a root, if the operator named its parent folder. */
async function rootBelow(roots: readonly URL[], name: string): Promise<string | undefined> {
  for (const root of roots) {
    const below = new URL("connectors/", root);
    const folders = await foldersIn(below).catch(() => []); // most folders have none
    if (folders.some((folder) => folder.name === name)) return fileURLToPath(below);
  }
  return undefined;
}

export async function readConnectorFolder({ name, url }: ConnectorFolder): Promise<ConnectorFile> {
  const file = new URL(configFile, url);
  const isBuiltIn = url.href.startsWith(builtInFolders.href);
  const path = isBuiltIn ? `connectors/${name}/${configFile}` : fileURLToPath(file);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(file);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  return parseConnectorFile(path, decodeText(bytes, path));
}

export async function hasFile(folder: URL, name: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(name, folder))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    const path = fileURLToPath(new URL(name, folder));
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}
