import { fileURLToPath } from "node:url";
import { ConnectException } from "../../connect/api/exceptions.ts";
import type { ConnectorModule } from "../../connect/api/plugins.ts";
import { pluginSlip } from "../../connect/errors/plugin_slip.ts";
import { builtInFolders, type ConnectorFolder, hasFile } from "../connector_folders.ts";
import { embedded } from "../embedded.ts";
import type { ConnectorFactory } from "./plugin_kit.ts";
import { systemTime } from "../process/system_time.ts";
import { UsageError } from "../usage_error.ts";

/** The first one that exists is used. */
const moduleFiles = ["mod.js", "mod.ts"] as const;
/** Limits top-level `await` in the code. */
const loadMsMax = 30_000;

interface ModuleExports {
  readonly connector?: ConnectorModule | ConnectorFactory;
}

/**
 * Loads the plugins of a folder; none if it has no code.
 *
 * @throws UsageError that names the file and what is wrong in it
 */
export async function loadConnectorModule(folder: ConnectorFolder): Promise<ConnectorModule> {
  const isBuiltIn = folder.url.href.startsWith(builtInFolders.href);
  const own = isBuiltIn ? embedded()?.modules[folder.name] : undefined;
  const file = own === undefined ? await moduleFileOf(folder) : "mod.ts";
  if (file === undefined) return { plugins: [] };
  const path = isBuiltIn ? `connectors/${folder.name}/${file}` : fileURLToPath(new URL(file, folder.url));
  try {
    const { connector } = await (own?.() ?? importModule(folder, file));
    const made: unknown = typeof connector === "function" ? connector(await loadKit()) : connector;
    const problem = problemOf(made);
    if (problem !== undefined) throw new UsageError(`Cannot use ${path}: ${problem}`);
    return made as ConnectorModule;
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConnectException) throw error;
    throw new UsageError(`Cannot load ${path}: ${slipText(error)}`, { cause: error });
  }
}

/** Loads the kit, and zod with it, only for code that asks for it. */
async function loadKit(): Promise<Parameters<ConnectorFactory>[0]> {
  const { pluginKit } = await import("./plugin_kit.ts");
  return pluginKit;
}

async function moduleFileOf({ url }: ConnectorFolder): Promise<string | undefined> {
  for (const file of moduleFiles) {
    if (await hasFile(url, file)) return file;
  }
  return undefined;
}

async function importModule({ name, url }: ConnectorFolder, file: string): Promise<ModuleExports> {
  if (embedded() !== undefined && !file.endsWith(".js")) {
    throw new UsageError(
      `Cannot use ${file} of connector ${name}: the binary can't read TypeScript, expected a mod.js beside it`,
    );
  }
  const loaded = new AbortController();
  const late = systemTime.sleep(loadMsMax, loaded.signal).then(() => {
    throw new Error(`it didn't load within ${loadMsMax} ms`);
  });
  try {
    return await Promise.race([import(new URL(file, url).href) as Promise<ModuleExports>, late]);
  } finally {
    loaded.abort();
    await late.catch(() => {}); // its result no longer matters
  }
}

/** Returns what is wrong with the export, or undefined. */
function problemOf(made: unknown): string | undefined {
  if (made === undefined) {
    return 'it exports no "connector"; export const connector = { plugins: [...] } is expected';
  }
  const [plugins, policies = []] = [fieldOf(made, "plugins"), fieldOf(made, "policies")];
  if (!Array.isArray(plugins)) {
    return `"connector" is ${
      kindOf(made)
    } without plugins; { plugins: [...] } is expected, or a function that gives it`;
  }
  if (!Array.isArray(policies)) return `"policies" is ${kindOf(policies)}, expected an array`;
  return fieldProblem("plugins", plugins, pluginFields) ?? fieldProblem("policies", policies, policyFields);
}

function fieldProblem(list: string, made: readonly unknown[], fields: Readonly<Record<string, string>>) {
  for (const [index, one] of made.entries()) {
    for (const [field, kind] of Object.entries(fields)) {
      const value = fieldOf(one, field);
      if (typeof value !== kind || value === null) {
        return `${field} of ${list}[${index}] is ${kindOf(value)}, expected ${articleOf(kind)} ${kind}`;
      }
    }
  }
  return undefined;
}

const named = { className: "string", version: "string", documentation: "string" } as const;
const pluginFields = { type: "string", ...named, config: "object", create: "function" } as const;
const policyFields = {
  ...{ ...named, sink: "string", transforms: "object", fixed: "object" },
  ...{ defaults: "object", required: "object" },
} as const;

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return `${articleOf(typeof value)} ${typeof value}`;
}

function articleOf(kind: string): string {
  return kind === "object" ? "an" : "a";
}

/** Explains two common mistakes in code outside of Sluice's folder. */
function slipText(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  if (/lockfile is out of date/.test(message)) {
    return "it imports a package that isn't Sluice's; bundle it into one file, " +
      "deno bundle --output mod.js mod.ts, which is read before mod.ts";
  }
  const isMissing = /Module not found|not a dependency|not in import map/.test(message);
  return pluginSlip(error) +
    (isMissing
      ? "; code outside of Sluice's folder gets Sluice's classes as the argument of a function, " +
        "export const connector = (kit) => ({ plugins: [...] })"
      : "");
}
