/** Where the framework looks plugins up by the names configurations use. @module */

import type {
  ConverterPlugin,
  HeaderConverterPlugin,
  Plugin,
  PredicatePlugin,
  SinkConnectorPlugin,
  TransformationPlugin,
} from "./plugins.ts";

/** The plugins by type. */
export interface PluginsByType {
  readonly sink: SinkConnectorPlugin;
  readonly transformation: TransformationPlugin;
  readonly predicate: PredicatePlugin;
  readonly converter: ConverterPlugin;
  readonly header_converter: HeaderConverterPlugin;
}

/** All plugins of a worker; only connectors have short names and aliases, as in Connect. */
export interface PluginRegistry {
  find<T extends keyof PluginsByType>(type: T, name: string): PluginsByType[T] | undefined;
  list<T extends keyof PluginsByType>(type: T): readonly PluginsByType[T][];
  all(): readonly Plugin[];
}
