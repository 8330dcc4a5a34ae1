/** Full configurations of the shipped connectors, including the settings of their code. @module */

import { wholeProps } from "../../cli/catalog/wanted_connectors.ts";
import type { Props } from "../../connect/api/sink_task.ts";

/** The shipped `connector.json`, unchanged. */
export async function shippedConfig(connector: string): Promise<Props> {
  return await configIn(`../../connectors/${connector}/connector.json`);
}

/** The shipped `connector.json` as the sink and all commands read it. */
export async function wholeOf(connector: string): Promise<Props> {
  return await wholeProps(await shippedConfig(connector));
}

/** A configuration from before policies were code: it names the sink and has every setting. */
export async function spelledOut(connector: "telesales" | "billing"): Promise<Props> {
  return await configIn(`./${connector}_spelled_out.json`);
}

async function configIn(path: string): Promise<Props> {
  const { config } = JSON.parse(await Deno.readTextFile(new URL(path, import.meta.url)));
  return config;
}
