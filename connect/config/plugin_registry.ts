/** Where the framework looks plugins up by the names configurations use. @module */

import type {
  ConverterPlugin,
  HeaderConverterPlugin,
  Plugin,
  PredicatePlugin,
  SinkConnectorPlugin,
  TransformationPlugin,
} from "../api/plugins.ts";

/** The plugins by type. */
export interface PluginsByType {
  /** Sink connectors. */
  readonly sink: SinkConnectorPlugin;
  /** Transformations. */
  readonly transformation: TransformationPlugin;
  /** Predicates. */
  readonly predicate: PredicatePlugin;
  /** Converters of keys and values. */
  readonly converter: ConverterPlugin;
  /** Converters of headers. */
  readonly header_converter: HeaderConverterPlugin;
}

/** All plugins of a worker; only connectors have short names and aliases, as in Connect. */
export interface PluginRegistry {
  /** A plugin by class name or alias; undefined where there is none. */
  find<T extends keyof PluginsByType>(type: T, name: string): PluginsByType[T] | undefined;
  /** All plugins of a type. */
  list<T extends keyof PluginsByType>(type: T): readonly PluginsByType[T][];
  /** All plugins. */
  all(): readonly Plugin[];
}
