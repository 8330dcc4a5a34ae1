/** Options that do nothing: most often a slip of the pen, so each is worth a warning. @module */

import type { ConfigValue } from "../api/config_def.ts";
import type { SinkConnectorPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";

const roles = ["key", "value", "header"] as const;

/** A sentence for each option that nobody reads. Connect takes them silently or with a warning, never as errors. */
export function unusedOptionWarnings(
  props: Props,
  values: readonly ConfigValue[],
  plugin: SinkConnectorPlugin,
): readonly string[] {
  const known = new Set(values.map(({ name }) => name));
  return Object.keys(props).filter((name) => !known.has(name)).sort().map((name) => {
    const idle = roles.find((role) =>
      name.startsWith(`${role}.converter.`) && !(`${role}.converter` in props)
    );
    if (idle !== undefined) return `Option ${name} has no effect: the connector names no ${idle}.converter`;
    const kind = /^(transform|predicate)s\./.exec(name)?.[1];
    if (kind !== undefined) return `Option ${name} has no effect: no ${kind} that ${kind}s lists reads it`;
    return `Option ${name} has no effect: ${plugin.className} doesn't know it`;
  });
}
