/** Warnings about options without effect and about an option that exposes data. @module */

import type { ConfigValue } from "../api/config_def.ts";
import type { SinkConnectorPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";

const roles = ["key", "value", "header"] as const;

/** Warns about each option that nothing reads. Connect ignores them or logs a warning, never an error. */
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

/** Warns if dead letters contain what the transformations remove. */
export function rawDeadLetterWarnings(values: readonly ConfigValue[]): readonly string[] {
  const of = (name: string) => values.find((value) => value.name === name)?.value;
  const topic = of("errors.deadletterqueue.topic.name") ?? "";
  if (topic === "" || of("errors.deadletterqueue.raw.enable") !== "true") return [];
  return [
    "With errors.deadletterqueue.raw.enable dead letters hold whole records, with all that the transformations " +
    `remove: guard ${topic} like the topics it comes from`,
  ];
}
