/**
 * Connectors whose policy is code: from the short configuration that an operator writes to the whole one that the sink,
 * its transformations and all commands read.
 *
 * @module
 */

import { ConfigDef, type ConfigKey, type ConfigKeys, invalidValue } from "../api/config_def.ts";
import { ConfigException } from "../api/exceptions.ts";
import type { PluginRegistry } from "./plugin_registry.ts";
import type { SinkConnectorPlugin, SinkPolicy, WholeConfig } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";

/** The whole configuration, with what the code of its class decides. */
export function wholeConfig(written: Props, plugins: PluginRegistry): WholeConfig {
  const sink = plugins.find("sink", classOf(written));
  return sink?.expand?.(written) ?? { props: written, conflicts: new Map() };
}

/** The options. @throws ConfigException that names what was written and is decided otherwise */
export function requireAgreed(
  { props, conflicts }: Pick<WholeConfig, "props"> & Partial<WholeConfig>,
): Props {
  if (conflicts === undefined || conflicts.size === 0) return props;
  throw new ConfigException([...conflicts.values()].flat().join("; "));
}

/** The texts about options without those of copies: if the code copies an option, messages name the option as written. */
export function asWritten<T>(
  texts: ReadonlyMap<string, T>,
  whole: Props,
  written: Props,
): ReadonlyMap<string, T> {
  const values = new Set(Object.values(written));
  return new Map(
    [...texts].filter(([name]) => Object.hasOwn(written, name) || !values.has(whole[name] ?? "")),
  );
}

/**
 * The sink of a policy: that one, under a name and with options of its own.
 *
 * @example
 * ```ts
 * import { ConfigDef } from "../api/config_def.ts";
 * import type { SinkConnectorPlugin } from "../api/plugins.ts";
 * import { policySink } from "./sink_policy.ts";
 * const base = { className: "Base", aliases: [], config: ConfigDef.of({}) } as unknown as SinkConnectorPlugin;
 * const sink = policySink({
 *   ...{ className: "sluice.shop.Sink", version: "1", documentation: "", sink: "Base" },
 *   ...{ transforms: {}, fixed: { "insert.mode": "upsert" }, defaults: {}, required: [] },
 * }, base);
 * const whole = sink.expand?.({ "connector.class": "sluice.shop.Sink", "insert.mode": "insert" });
 * if (whole?.props["insert.mode"] !== "upsert" || !whole.conflicts.has("insert.mode")) throw new Error("code decides");
 * ```
 */
export function policySink(policy: SinkPolicy, base: SinkConnectorPlugin): SinkConnectorPlugin {
  return {
    ...base,
    ...{ className: policy.className, version: policy.version, documentation: policy.documentation },
    aliases: [],
    config: ConfigDef.of(keysOf(policy, base)),
    expand: (written) => expandPolicy(policy, base, written),
    insteadOf: (written) => isOf(base, written) ? insteadOf(policy, base, written) : undefined,
  };
}

/** What the sink of a policy reads: the class of the sink that writes, and all that the code decides. */
function expandPolicy(policy: SinkPolicy, base: SinkConnectorPlugin, written: Props): WholeConfig {
  const decided = decidedBy(policy, written);
  const defaults = Object.entries(policy.defaults).filter(([name]) => !isChosen(name, written, policy));
  const free = Object.entries(written).filter(([name]) => !isDecided(name, decided));
  const conflicts = Object.entries(written)
    .filter(([name, text]) =>
      isDecided(name, decided) && !isSame(text, decided[name], base.config.keys[name])
    )
    .map(([name]) => [name, [conflict(policy, base, { name, written, decided })]] as const);
  return {
    props: { ...Object.fromEntries([...defaults, ...free]), ...decided, "connector.class": policy.sink },
    conflicts: new Map(conflicts),
  };
}

/** The options that the code decides, with their values for this configuration. */
function decidedBy({ transforms, fixed, same = {} }: SinkPolicy, written: Props): Record<string, string> {
  const chain = Object.entries(transforms).flatMap(([alias, { className, config }]) => [
    [`transforms.${alias}.type`, className],
    ...Object.keys(config.keys).flatMap((name) =>
      written[name] === undefined ? [] : [[`transforms.${alias}.${name}`, written[name]]]
    ),
  ]);
  const own = ownKeys({ transforms });
  // If the other option is missing, its own definition says so.
  const equal = Object.entries(same).flatMap(([option, name]) => {
    const text = written[name] ?? own[name]?.default;
    return typeof text === "string" ? [[option, text]] : [];
  });
  return {
    transforms: Object.keys(transforms).join(","),
    ...Object.fromEntries([...chain, ...equal]),
    ...fixed,
  };
}

/** The chain is the code's as a whole: no configuration adds to it. */
function isDecided(name: string, decided: Props): boolean {
  return Object.hasOwn(decided, name) || /^(transforms|predicates)(\.|$)/.test(name);
}

/** Whether both texts mean the same; words of an option with fixed words are compared without case. */
function isSame(text: string, decided = "", key?: ConfigKey): boolean {
  const hasWords = key?.type === "BOOLEAN" || (key?.type === "STRING" && key.recommended !== undefined);
  const plain = (list: string) => list.split(",").map((part) => part.trim()).join(",");
  const [one, other] = [plain(text), plain(decided)];
  return one === other || (hasWords && one.toLowerCase() === other.toLowerCase());
}

/** Whether the configuration decides the option: by its name, or by choosing another converter than the default. */
function isChosen(name: string, written: Props, { defaults }: SinkPolicy): boolean {
  return Object.entries(written).some(([given, text]) =>
    name === given || (name.startsWith(`${given}.`) && !isSame(text, defaults[given]))
  );
}

function conflict(
  policy: SinkPolicy,
  { config: { keys } }: SinkConnectorPlugin,
  { name, written, decided }: Record<"written" | "decided", Props> & { readonly name: string },
): string {
  const own = /^transforms\.[^.]+\.(.+)$/.exec(name)?.[1] ?? "";
  const isOwn = Object.hasOwn(ownKeys(policy), own);
  const isSecret = keys[name]?.type === "PASSWORD" || name.startsWith("connection.");
  const fixed = isSecret ? "no value here" : decided[name] ?? "nothing";
  const shown = isOwn || isSecret || decided[name] === undefined ? "[hidden]" : written[name] ?? "";
  const expected = isOwn ? `${own} instead of it` : fixed;
  return invalidValue(name, shown, `The code of ${policy.className} decides it, expected ${expected}`)
    .message;
}

function keysOf(policy: SinkPolicy, base: SinkConnectorPlugin): ConfigKeys {
  const own = ownKeys(policy);
  const ofSink = Object.entries(base.config.keys).map(([name, key]): readonly [string, ConfigKey] => {
    const like = policy.same?.[name];
    const text = policy.fixed[name] ?? (like === undefined ? undefined : own[like]?.default);
    if (typeof text === "string" && (key.type === "PASSWORD" || name.startsWith("connection."))) {
      return [name, { ...key, default: null, importance: "LOW" }]; // what the code knows isn't shown
    }
    if (typeof text === "string") {
      return [name, { ...key, default: text, importance: "LOW", recommended: [text] }];
    }
    return [name, policy.required.includes(name) ? withoutDefault(key) : key];
  });
  const declared: Record<string, ConfigKey> = Object.fromEntries(ofSink);
  for (const [name, key] of Object.entries(own)) {
    const shared = declared[name];
    declared[name] = shared === undefined ? key : { ...withoutDefault(shared), ...key };
  }
  return declared;
}

/** The options of its transformations. */
export function ownKeys({ transforms }: Pick<SinkPolicy, "transforms">): ConfigKeys {
  return Object.fromEntries(Object.values(transforms).flatMap(({ config }) => Object.entries(config.keys)));
}

function withoutDefault({ default: _default, ...key }: ConfigKey): ConfigKey {
  return key;
}

function classOf(props: Props): string {
  return props["connector.class"]?.trim() ?? "";
}

function isOf({ className, aliases }: SinkConnectorPlugin, written: Props): boolean {
  return [className, ...aliases].includes(classOf(written));
}

/** What to write instead of a configuration that spells the policy out; undefined for one that doesn't use it. */
function insteadOf(policy: SinkPolicy, base: SinkConnectorPlugin, written: Props): string | undefined {
  const places = placesOf(policy, written);
  if (places === undefined) return undefined;
  const { keys } = base.config;
  const given = Object.keys(written);
  const renamed = [...places].filter(([from, to]) =>
    to !== null && Object.hasOwn(written, from) && !Object.hasOwn(written, to)
  );
  const short = { ...written, ...Object.fromEntries(renamed.map(([from, to]) => [to, written[from] ?? ""])) };
  const decided = decidedBy(policy, short);
  const expected: Props = { ...policy.defaults, ...decided };
  const isRepeated = (name: string) => {
    const own = places.get(name);
    if (own === null) return true;
    return isSame(written[name] ?? "", own === undefined ? expected[name] : short[own], keys[name]);
  };
  const others = given.filter((name) => !renamed.some(([from]) => from === name));
  const missing = Object.keys(expected).filter((name) =>
    !Object.hasOwn(written, name) && !/^transforms(\.|$)/.test(name) && !isChosen(name, written, policy) &&
    !isSame(String(keys[name]?.default ?? ""), expected[name], keys[name])
  );
  const differing = others.filter((name) => isDecided(name, decided) && !isRepeated(name));
  return [
    `These options are code now: write connector.class=${policy.className}`,
    ...renamed.map(([from, to]) => `${from} is called ${to} there`),
    `leave out ${others.filter(isRepeated).join(", ")}`,
    ...[...missing, ...differing].map((name) => `${name} would change to ${expected[name] ?? "nothing"}`),
  ].join("; ");
}

/** Options of the policy's chain by their names in a configuration that lists it, with their new names or null. */
function placesOf(
  { transforms }: SinkPolicy,
  written: Props,
): ReadonlyMap<string, string | null> | undefined {
  const aliases = (written["transforms"] ?? "").split(",").map((alias) => alias.trim()).filter(Boolean);
  const chain = Object.values(transforms);
  const isTheChain = chain.length > 0 && aliases.length === chain.length &&
    chain.every(({ className }, index) => written[`transforms.${aliases[index]}.type`]?.trim() === className);
  if (!isTheChain) return undefined;
  const places = new Map<string, string | null>([["transforms", null]]);
  for (const [index, { config }] of chain.entries()) {
    const prefix = `transforms.${aliases[index]}.`;
    places.set(`${prefix}type`, null);
    for (const name of Object.keys(config.keys)) places.set(prefix + name, name);
  }
  return places;
}
