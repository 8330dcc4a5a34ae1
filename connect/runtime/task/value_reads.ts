/**
 * Which fields of values a connector looks at, from the converter to the sink, so that the others need never be read.
 *
 * @module
 */

import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { FieldPaths, SinkConnectorPlugin, ValueReads } from "../../api/plugins.ts";
import type { Props } from "../../api/sink_task.ts";
import { predicateAliases, transformAliases } from "../../config/transforms_config.ts";

/** One transformation of a chain, as far as it's about reading. */
export interface StageReads {
  readonly reads: ValueReads | undefined;
  /** What its predicate looks at; null without one. */
  readonly condition: { readonly reads: FieldPaths | undefined } | null;
}

/**
 * Walks a chain from the front until something lets only named fields through. A transformation with a predicate lets
 * the rest pass where that doesn't hold, and so does a chain without such a transformation: then it's up to the sink.
 *
 * @param sink what the sink looks at, asked only where that counts; undefined = everything
 * @returns undefined where any field could make a difference
 * @example
 * ```ts
 * import { plannedReads } from "./value_reads.ts";
 * const key = { reads: { paths: [["id"]], passesRest: true }, condition: null };
 * const keep = { reads: { paths: [["name"]], passesRest: false }, condition: null };
 * if (plannedReads([key, keep], () => undefined)?.join() !== "id,name") throw new Error("what keeps only name ends it");
 * if (plannedReads([key], () => undefined) !== undefined) throw new Error("the sink may want anything");
 * ```
 */
export function plannedReads(
  stages: readonly StageReads[],
  sink: () => FieldPaths | undefined,
): FieldPaths | undefined {
  const paths: (readonly string[])[] = [];
  for (const { reads, condition } of stages) {
    if (reads === undefined || (condition !== null && condition.reads === undefined)) return undefined;
    paths.push(...condition?.reads ?? [], ...reads.paths);
    if (!reads.passesRest && condition === null) return paths;
  }
  const last = sink();
  return last === undefined ? undefined : [...paths, ...last];
}

/** The same for a configuration that was validated before. */
export function valueReads(
  props: Props,
  plugins: PluginRegistry,
  sink: SinkConnectorPlugin,
): FieldPaths | undefined {
  const predicates = predicateAliases(props, plugins);
  const stages = transformAliases(props, plugins).map(({ found, props: options }): StageReads => {
    const { predicate, negate: _, ...own } = options;
    const declared = predicates.find(({ name }) => name === predicate);
    return {
      reads: found.plugin?.reads?.(own),
      condition: predicate === undefined ? null : { reads: declared?.found.plugin?.reads?.(declared.props) },
    };
  });
  return plannedReads(stages, () => sink.reads?.(props));
}
