/**
 * Refuses parts of a configuration that comes over REST although it could run: references in names, files
 * outside `allowed.paths`, and references that are bound to other hosts.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { Destinations } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { connectorClientProperties } from "../../connect/config/client_overrides.ts";
import {
  allowingFolders,
  boundHost,
  checkable,
  type ConfigSources,
  type FoundReference,
  type ReferencePolicy,
  type ResolvedProps,
  unbound,
} from "../../connect/config/references/config_providers.ts";
import { knownReferences, misplacedReferences } from "../../connect/config/references/reference_rules.ts";
import { connectionOf } from "../../connect/config/references/secret_places.ts";
import { type KafkaClientKind, withPrefix } from "../../connect/config/worker_config.ts";
import { clientDestinations } from "./client_destinations.ts";

interface RestConfigRules {
  readonly worker: Props;
  readonly plugins: PluginRegistry;
  readonly policy: ReferencePolicy;
  readonly sources: ConfigSources;
}

type Refusals = ReadonlyMap<string, readonly string[]>;
type Leads = ReadonlyMap<string, Destinations>;

/** Returns errors by option; empty if the configuration is allowed. */
export async function restRefusals(
  written: Props,
  resolved: ResolvedProps,
  rules: RestConfigRules,
): Promise<Refusals> {
  const misplaced = misplacedReferences(written, rules.plugins);
  const leads = leadsOf(checkable(written, { ...resolved, refusals: misplaced }), rules);
  const others = await Promise.all(
    Object.entries(written).map(async ([option, text]) =>
      [option, [
        ...await fileProblems(option, text, { leads, rules }),
        ...await bindingProblems(option, text, { leads, rules }),
      ]] as const
    ),
  );
  return new Map([...others.filter(([, texts]) => texts.length > 0), ...misplaced]);
}

interface Context {
  readonly leads: Leads;
  readonly rules: RestConfigRules;
}

/** Returns the destinations of a configuration's options. */
function leadsOf(props: Props, { worker, plugins }: RestConfigRules): Leads {
  const sink = plugins.find("sink", props["connector.class"]?.trim() ?? "");
  const kinds: readonly KafkaClientKind[] = ["consumer", "producer", "admin"];
  return new Map([
    ...sink?.destinations?.(props) ?? [],
    ...kinds.flatMap((kind) => {
      const prefix = `${kind}.override.`;
      if (Object.keys(withPrefix(props, prefix)).length === 0) return [];
      const leads = clientDestinations(`${kind}.`, worker, connectorClientProperties(kind, worker, props));
      return [...leads].map(([option, to]) => [prefix + option, to] as const);
    }),
  ]);
}

/** A file named entirely by a reference was chosen by the operator who set the variable. */
async function fileProblems(
  option: string,
  text: string,
  { leads, rules: { policy, sources } }: Context,
): Promise<readonly string[]> {
  const files = leads.get(option)?.files ?? [];
  const [reference] = knownReferences(text);
  if (files.length === 0 || reference?.text === text.trim()) return [];
  for (const file of files) {
    const real = await realPathOf(file, sources);
    const folders = real === undefined ? [] : await allowingFolders(real, policy.allowedPaths, sources);
    if (folders.length > 0) continue;
    return [
      `Invalid value [hidden] for configuration ${option}: The file that it names isn't below the worker's ` +
      "allowed.paths; expected a file in one of those folders",
    ];
  }
  return [];
}

/** Works for a file that doesn't exist yet. */
async function realPathOf(file: string, { realPath }: ConfigSources): Promise<string | undefined> {
  try {
    return await realPath(file);
  } catch {
    const folder = await realPath(dirname(file)).catch(() => undefined); // no folder
    return folder === undefined ? undefined : join(folder, basename(file));
  }
}

async function bindingProblems(
  option: string,
  text: string,
  { leads, rules }: Context,
): Promise<readonly string[]> {
  const connection = connectionOf(option);
  const hosts = [...leads].filter(([name]) => connectionOf(name) === connection)
    .flatMap(([, to]) => to.hosts);
  const problems: string[] = [];
  for (const reference of knownReferences(text)) {
    const bound = await hostsOf(reference, rules);
    const isRight = hosts.length > 0 && hosts.every((host) => bound?.some((one) => isAt(host, one)));
    if (bound === undefined || isRight) continue;
    problems.push(
      `Cannot use ${reference.text} of ${option}: the worker binds it to ${bound.join(", ")}, and this ` +
        "configuration connects to another host or to none; expected that host, or another reference",
    );
  }
  return problems;
}

/** Returns the hosts that a reference is bound to, or undefined if it may be sent anywhere. */
async function hostsOf(
  { provider, path, key }: FoundReference,
  { policy, sources }: RestConfigRules,
): Promise<readonly string[] | undefined> {
  const entries = provider === "env"
    ? policy.variables === "all" ? [] : policy.variables.filter((entry) => unbound(entry) === key)
    : await foldersOf(provider === "dir" ? `${path}/${key}` : path ?? "", { policy, sources });
  const hosts = entries.map(boundHost);
  return hosts.length === 0 || hosts.includes(undefined)
    ? undefined
    : hosts.filter((host) => host !== undefined);
}

async function foldersOf(
  path: string,
  { policy, sources }: Pick<RestConfigRules, "policy" | "sources">,
): Promise<readonly string[]> {
  const real = await sources.realPath(path).catch(() => undefined); // reported elsewhere
  return real === undefined ? [] : await allowingFolders(real, policy.allowedPaths, sources);
}

/** Compares a host, with or without its port. */
function isAt(host: string, bound: string): boolean {
  const [at, wanted] = [host.toLowerCase(), bound.replace(/^\[([^\]]*)\]/, "$1")];
  return at === wanted || (at.startsWith(`${wanted}:`) && /^\d+$/.test(at.slice(wanted.length + 1)));
}
