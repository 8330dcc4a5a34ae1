/** Configures telesales for the demo: as shipped, or with its own names beside a real one. @module */

import { shopTopics } from "../bank1/events.ts";
import { wholeProps } from "../../cli/catalog/wanted_connectors.ts";
import { findConnectorFolder, readConnectorFolder } from "../../cli/connector_folders.ts";
import type { DemoWorld } from "./demo_world.ts";

export interface DemoConnector {
  /** Arguments of `start`. */
  readonly args: readonly string[];
  /** Personal fields in the connector's row. */
  readonly keptFields: readonly string[];
  /** Topics and the group that stay in an external Kafka. */
  readonly leftBehind: readonly string[];
}

/** Columns without personal data. */
const bookkeeping: readonly string[] = ["updated_at", "registered_at"];

/** Returns the connector; in an external world with renamed topics, in its own file. */
export async function demoConnector({ isExternal, topics }: DemoWorld): Promise<DemoConnector> {
  const { name, props } = await readConnectorFolder(await findConnectorFolder("telesales"));
  const declared = ((await wholeProps(props))["fields.whitelist"] ?? "").split(",");
  const keptFields = declared.filter((field) => !bookkeeping.includes(field));
  if (!isExternal) return { args: ["--connector", name], keptFields, leftBehind: [] };
  const prefix = topics.registration.slice(0, -shopTopics.registration.length);
  const renamed = Object.entries(props).map(([option, value]) => [option, rename(value, prefix)] as const);
  const deadLetters = `${prefix}dlq`;
  const own = {
    ...Object.fromEntries(renamed),
    name: `${prefix}${name}`,
    "errors.deadletterqueue.topic.name": deadLetters,
  };
  const file = await Deno.makeTempFile({ prefix: "sluice-demo-", suffix: ".json" });
  await Deno.writeTextFile(file, JSON.stringify(own));
  return {
    args: ["--config", file],
    keptFields,
    leftBehind: [...Object.values(topics), deadLetters, `the group connect-${own.name}`],
  };
}

function rename(value: string, prefix: string): string {
  return Object.values(shopTopics).reduce((text, topic) => text.replaceAll(topic, prefix + topic), value);
}
