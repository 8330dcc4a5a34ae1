import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { policySink, requireAgreed } from "../../connect/config/sink_policy.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import type { Arguments } from "../command.ts";
import { type ConnectorFile, readConnectorFile } from "./connector_files.ts";
import {
  builtInFolders,
  type ConnectorFolder,
  findConnectorFolder,
  listConnectorFolders,
  readConnectorFolder,
} from "../connector_folders.ts";
import { sinkOfClass } from "../../sinks/mod.ts";
import { folderOfClass, loadFolder } from "./plugins.ts";
import { UsageError } from "../usage_error.ts";

export interface WantedConnector extends ConnectorFile {
  readonly folder?: ConnectorFolder;
}

/** Folders with connector folders: the program's own and each `--config-dir`. */
export function connectorRoots(args: Arguments): readonly URL[] {
  return [builtInFolders, ...args.texts("config-dir").map((path) => pathToFileURL(`${resolve(path)}/`))];
}

/**
 * Reads the connectors with the options that their code fixes.
 *
 * @throws ConfigException if a configuration contradicts one of them
 */
export async function readWholeConnectors(args: Arguments): Promise<readonly WantedConnector[]> {
  const whole = (await readWantedConnectors(args)).map(async (connector) => ({
    ...connector,
    props: await wholeProps(connector.props, connectorRoots(args)),
  }));
  return await Promise.all(whole);
}

/** Adds the options that the code of a class fixes. */
export async function wholeProps(written: Props, roots: readonly URL[] = []): Promise<Props> {
  const className = written["connector.class"]?.trim() ?? "";
  const name = folderOfClass(className);
  if (name === undefined) return written;
  const folder = (await listConnectorFolders(...roots)).find((one) => one.name === name);
  if (folder === undefined) return written;
  const { plugins, policies = [] } = await loadFolder(folder);
  const policy = policies.find((one) => one.className === className);
  if (policy === undefined && !plugins.some((one) => one.className === className)) {
    const known = policies.map((one) => one.className).join(" or ") || "no class of it";
    throw new UsageError(`Cannot use ${className}: connectors/${name} has no such class, expected ${known}`);
  }
  const base = policy === undefined ? undefined : sinkOfClass(policy.sink);
  if (policy === undefined || base === undefined) return written;
  const whole = policySink(policy, base).expand?.(written);
  return whole === undefined ? written : requireAgreed(whole);
}

/**
 * Reads the connectors of `--connector` and `--config`.
 *
 * @throws UsageError if there is none, or two have one name
 */
export async function readWantedConnectors(args: Arguments): Promise<readonly WantedConnector[]> {
  const names = [args.text("connector") ?? args.texts("connector")].flat();
  const files = [args.text("config") ?? args.texts("config")].flat();
  const wanted: WantedConnector[] = [];
  for (const name of names) {
    const folder = await findConnectorFolder(name, ...connectorRoots(args));
    wanted.push({ ...await readConnectorFolder(folder), folder });
  }
  for (const file of files) wanted.push(await readConnectorFile(file));
  if (wanted.length === 0) {
    throw new UsageError("Cannot run without a connector: --connector NAME or --config FILE is expected");
  }
  for (const [index, { name, path }] of wanted.entries()) {
    const first = wanted.findIndex((other) => other.name === name);
    if (first === index) continue;
    const other = wanted[first]?.path;
    throw new UsageError(
      other === path
        ? `Cannot use ${path} twice: the connector "${name}" runs once`
        : `Cannot use ${path}: a connector "${name}" is also in ${other}`,
    );
  }
  return wanted;
}
