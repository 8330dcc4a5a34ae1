/** Every option of every declaration refuses a wrong value by its name. */

import assert from "node:assert/strict";
import { listConnectorFolders } from "../../../cli/connector_folders.ts";
import { loadConnectorModule } from "../../../cli/catalog/connector_module.ts";
import type { ConfigDef, ConfigType } from "../../../connect/api/config_def.ts";
import { sinkConnectorConfig } from "../../../connect/config/sink_connector_config.ts";
import { workerConfig } from "../../../connect/config/worker_config.ts";
import { converterPlugins, headerConverterPlugins } from "../../../connect/converters/mod.ts";
import { predicatePlugins, transformationPlugins } from "../../../connect/transforms/mod.ts";
import { sinkPlugins } from "../../../sinks/mod.ts";

const wrongByType: Readonly<Partial<Record<ConfigType, readonly string[]>>> = {
  INT: ["x", "", "1.5", "2147483648"],
  SHORT: ["x", "", "32768"],
  LONG: ["x", "", "9223372036854775808"],
  DOUBLE: ["x", "", "NaN"],
  BOOLEAN: ["yes", "", "1"],
};

/** Numbers that may be negative, and the meaning. */
const mayBeNegative = new Map([
  ["errors.retry.timeout", "tried again for ever, as in Connect"],
  ["errors.retry.delay.max.ms", "Connect has no limit for it"],
  ["errors.deadletterqueue.topic.replication.factor", "the broker's own"],
  ["schemas.cache.size", "as in Connect, which takes it"],
  ["schema.version", "a number that a person gives"],
]);

/** Words that are checked elsewhere, and where. */
const checkedElsewhere = new Map([
  ["converter.type", "the worker sets it, whatever is written"],
  ["delete.tombstone.handling.mode", "with the options that it replaces"],
]);

/** All there are, by the name of what they belong to. */
async function declarations(): Promise<readonly (readonly [string, ConfigDef])[]> {
  const own = await Promise.all((await listConnectorFolders()).map(loadConnectorModule));
  const plugins = [
    ...sinkPlugins({ allowedPaths: [], allowBroadRole: false }),
    ...[...transformationPlugins, ...predicatePlugins, ...converterPlugins, ...headerConverterPlugins],
    ...own.flatMap(({ plugins }) => plugins),
  ];
  return [
    ["the worker", workerConfig],
    ["a connector", sinkConnectorConfig],
    ...plugins.map(({ className, config }) => [className, config] as const),
  ];
}

/** Errors of one option that is set to this. */
function errorsOf(config: ConfigDef, name: string, value: string): readonly string[] {
  return config.validate({ [name]: value }).find((found) => found.name === name)?.errors ?? [];
}

for (const [owner, config] of await declarations()) {
  Deno.test(`options of ${owner} refuse what is no value of their type, by their names`, () => {
    for (const [name, { type }] of Object.entries(config.keys)) {
      for (const value of wrongByType[type] ?? []) {
        assert.match(errorsOf(config, name, value)[0] ?? "accepted", nameIn(name), `${name}=${value}`);
      }
    }
  });

  Deno.test(`numbers of ${owner} aren't negative where that means nothing`, () => {
    for (const [name, { type }] of Object.entries(config.keys)) {
      if (!["INT", "SHORT", "LONG", "DOUBLE"].includes(type) || mayBeNegative.has(name)) continue;
      assert.match(errorsOf(config, name, "-1")[0] ?? "accepted", nameIn(name), `${name}=-1`);
    }
  });

  Deno.test(`words of ${owner} that its forms offer are the only ones`, () => {
    for (const [name, { recommended, type }] of Object.entries(config.keys)) {
      if (
        recommended === undefined || recommended.length === 0 || type !== "STRING" ||
        checkedElsewhere.has(name)
      ) continue;
      assert.match(errorsOf(config, name, "no such word")[0] ?? "accepted", nameIn(name), name);
    }
  });
}

function nameIn(name: string): RegExp {
  return new RegExp(RegExp.escape(name));
}
