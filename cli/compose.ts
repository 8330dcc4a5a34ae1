/** Puts the program together: the only place that knows every adapter. Plain calls, no container. @module */

import type { PluginRegistry } from "../connect/api/plugin_registry.ts";
import type { Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ResolvedProps, resolveReferences } from "../connect/config/config_providers.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import { createKafkaClients } from "../connect/kafka/mod.ts";
import { MetricsRegistry } from "../connect/metrics/registry.ts";
import { MemoryConfigStore } from "../connect/runtime/config_store.ts";
import { Herder } from "../connect/runtime/herder.ts";
import { Worker } from "../connect/runtime/worker.ts";
import { sinkPlugins } from "../sinks/mod.ts";
import { systemSources } from "./config_sources.ts";
import { loadPlugins } from "./plugins.ts";
import { systemTime } from "./system_time.ts";

/** What the program is put together from. */
export interface Composition {
  /** The worker's settings. */
  readonly settings: Props;
  /** The connectors' configurations, as far as they are known: they say which connector folders are wanted. */
  readonly configs: readonly Props[];
  readonly logger: Logger;
  /** Where connector folders are. */
  readonly roots: readonly URL[];
}

/** A herder with everything below it. Nothing is connected to before a connector starts. */
export async function compose({ settings, configs, logger, roots }: Composition): Promise<Herder> {
  const plugins: PluginRegistry = await loadPlugins(configs, sinkPlugins, roots);
  const worker = new Worker({
    props: settings,
    kafka: createKafkaClients(settings, { time: systemTime, logger }),
    plugins,
    metrics: new MetricsRegistry(),
    workerId: `${Deno.hostname()}:${Deno.pid}`,
    time: systemTime,
    random: Math.random,
    logger,
  });
  return new Herder({
    worker,
    store: new MemoryConfigStore(),
    resolve: resolverFor(settings),
    time: systemTime,
    logger,
  });
}

/** Connectors of the command line may name any variable: whoever starts the program has set them. */
function resolverFor(settings: Props): (props: Props) => Promise<ResolvedProps> {
  const { "allowed.paths": allowedPaths } = workerConfig.parse(settings);
  return (props) => resolveReferences(props, systemSources, { variables: "all", allowedPaths });
}
