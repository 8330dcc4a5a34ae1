/** Configurations of the connectors that come with Sluice, whole: with what their code decides. @module */

import { wholeProps } from "../../cli/catalog/wanted_connectors.ts";
import type { Props } from "../../connect/api/sink_task.ts";

/** The shipped `connector.json` as it is. */
export async function shippedConfig(connector: string): Promise<Props> {
  return await configIn(`../../connectors/${connector}/connector.json`);
}

/** The shipped `connector.json`, as its sink, its transformations and all commands read it. */
export async function wholeOf(connector: string): Promise<Props> {
  return await wholeProps(await shippedConfig(connector));
}

/** A configuration from before connectors had their policy in code: it names the sink and spells everything out. */
export async function spelledOut(connector: "telesales" | "billing"): Promise<Props> {
  return await configIn(`./${connector}_spelled_out.json`);
}

async function configIn(path: string): Promise<Props> {
  const { config } = JSON.parse(await Deno.readTextFile(new URL(path, import.meta.url)));
  return config;
}
