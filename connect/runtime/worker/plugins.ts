import type { PluginRegistry, PluginsByType } from "../../config/plugin_registry.ts";
import type { Plugin } from "../../api/plugins.ts";

/**
 * A registry made from lists of plugins. (`org.apache.kafka.connect.runtime.isolation.Plugins`)
 *
 * @example
 * ```ts
 * import { ConfigDef } from "../../api/config_def.ts";
 * import { Plugins } from "./plugins.ts";
 * const upper = {
 *   type: "transformation" as const, className: "example.Upper", version: "1", documentation: "", config: ConfigDef.of({}),
 *   create: () => ({ apply: () => null }),
 * };
 * if (new Plugins([upper]).find("transformation", "example.Upper") !== upper) throw new Error("found by its class");
 * ```
 */
export class Plugins implements PluginRegistry {
  readonly #all: readonly Plugin[];
  readonly #byName = new Map<string, Plugin>();

  /** Throws Error if two plugins of one type have the same class name. */
  constructor(...lists: readonly (readonly Plugin[])[]) {
    this.#all = lists.flat();
    for (const plugin of this.#all) {
      const key = `${plugin.type}:${plugin.className}`;
      if (this.#byName.has(key)) throw new Error(`Cannot register ${plugin.className} twice`);
      this.#byName.set(key, plugin);
    }
    for (const plugin of this.#all) {
      for (const name of otherNames(plugin)) {
        const key = `${plugin.type}:${name}`;
        if (!this.#byName.has(key)) this.#byName.set(key, plugin);
      }
    }
  }

  /** Returns a plugin by class name or alias, or undefined. */
  find<T extends keyof PluginsByType>(type: T, name: string): PluginsByType[T] | undefined {
    return this.#byName.get(`${type}:${name}`) as PluginsByType[T] | undefined; // keys begin with the type
  }

  list<T extends keyof PluginsByType>(type: T): readonly PluginsByType[T][] {
    return this.#all.filter((plugin): plugin is PluginsByType[T] => plugin.type === type);
  }

  all(): readonly Plugin[] {
    return this.#all;
  }
}

/**
 * Aliases; for a connector also its class name without package and without "Connector". A class with a policy is
 * found by its full name alone, which names its folder.
 */
function otherNames(plugin: Plugin): readonly string[] {
  if (plugin.type !== "sink" || plugin.expand !== undefined) return [];
  const simple = plugin.className.slice(plugin.className.lastIndexOf(".") + 1);
  return [...plugin.aliases, simple, simple.replace(/Connector$/, "")];
}
