/** Reads settings from Java's `.properties` files and from environment variables of a container. @module */

import { parse } from "dot-properties";
import type { Props } from "../api/sink_task.ts";

/**
 * Parses Java's properties syntax: `key=value`, `key: value`, comments, escapes and continued lines.
 * (`java.util.Properties.load`)
 *
 * @example
 * ```ts
 * import { parseProperties } from "./properties_file.ts";
 * const props = parseProperties("# people\ntopics = a,\\\n  b\n");
 * if (props.topics !== "a,b") throw new Error("lines can be continued");
 * ```
 */
export function parseProperties(text: string): Props {
  const flat = Object.entries(parse(text.replace(/^\uFEFF/, "")));
  return Object.fromEntries(flat.map(([name, value]) => [name, String(value)]));
}

const variablePrefix = "CONNECT_";

/**
 * Maps environment variables to worker settings as the common Connect images do: after the prefix `CONNECT_`,
 * `_` is a dot, `__` an underscore and `___` a dash.
 *
 * @example
 * ```ts
 * import { settingsFromVariables } from "./properties_file.ts";
 * const props = settingsFromVariables({ CONNECT_BOOTSTRAP_SERVERS: "kafka:9092", HOME: "/root" });
 * if (props["bootstrap.servers"] !== "kafka:9092" || "home" in props) throw new Error("other variables are ignored");
 * ```
 */
export function settingsFromVariables(variables: Readonly<Record<string, string>>): Props {
  const ours = Object.entries(variables).filter(([name]) => name.startsWith(variablePrefix));
  return Object.fromEntries(
    ours.map(([name, value]) => [optionName(name.slice(variablePrefix.length)), value]),
  );
}

function optionName(variable: string): string {
  const signs: Readonly<Record<string, string>> = { "_": ".", "__": "_", "___": "-" };
  return variable.toLowerCase().replaceAll(/_{1,3}/g, (run) => signs[run] ?? run);
}
