/** Puts the program together: the only place that knows every adapter. Plain calls, no container. @module */

import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginRegistry } from "../connect/api/plugin_registry.ts";
import type { KafkaClients, Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ResolvedProps, resolveReferences } from "../connect/config/config_providers.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import { MissedErasures } from "../connect/errors/missed_erasures.ts";
import { createKafkaClients } from "../connect/kafka/mod.ts";
import { MetricsRegistry } from "../connect/metrics/registry.ts";
import { type ConfigStore, MemoryConfigStore } from "../connect/runtime/config_store.ts";
import { FieldsSeen } from "../connect/runtime/fields_seen.ts";
import { Herder } from "../connect/runtime/herder.ts";
import { Worker } from "../connect/runtime/worker.ts";
import { sinkPlugins } from "../sinks/mod.ts";
import { systemSources } from "./config_sources.ts";
import { knownLoggers } from "./log_levels.ts";
import { loadPlugins } from "./plugins.ts";
import { freeMemory } from "./free_memory.ts";
import { systemTime } from "./system_time.ts";

/** What the program is put together from. */
export interface Composition {
  /** The worker's settings. */
  readonly settings: Props;
  /** Reads them again, for secrets that have changed: each new connection to Kafka asks. */
  readonly currentSettings: () => Promise<Props>;
  /** Configurations of the command line: they say which connector folders are wanted, and may name any variable. */
  readonly configs: readonly Props[];
  readonly logger: Logger;
  /** Where connector folders are. */
  readonly roots: readonly URL[];
  /** Roles may do more than a contract says. */
  readonly allowBroadRole?: boolean;
  /** All connector folders are wanted: nobody knows what will come over REST. */
  readonly allFolders?: boolean;
  /** Nothing is kept where there is none. */
  readonly store?: ConfigStore;
  /** `host:port` of the control API; the host and the process where there is none. */
  readonly workerId?: string;
}

/** A program put together; nothing is connected to before a connector starts. */
export interface Composed {
  readonly herder: Herder;
  readonly plugins: PluginRegistry;
  readonly metrics: MetricsRegistry;
  readonly kafka: KafkaClients;
  readonly settings: Props;
  readonly resolve: (props: Props) => Promise<ResolvedProps>;
  /** Names of fields of the records that came. */
  readonly fieldsSeen: FieldsSeen;
  /** Erasures that weren't done. */
  readonly missedErasures: MissedErasures;
  /** By which status names this process. */
  readonly workerId: string;
  readonly logger: Logger;
}

/** A herder with everything below it. */
export async function compose(composition: Composition): Promise<Composed> {
  const { settings, logger } = composition;
  const plugins = await loadPlugins(
    composition.allFolders ? "all" : composition.configs,
    sinkPlugins({
      allowedPaths: writablePaths(settings),
      allowBroadRole: composition.allowBroadRole === true,
    }),
    composition.roots,
  );
  const metrics = new MetricsRegistry();
  const kafkaLogger = logger.with({ logger: knownLoggers.kafka });
  const kafka = createKafkaClients(settings, {
    time: systemTime,
    logger: kafkaLogger,
    currentWorker: composition.currentSettings,
  });
  const workerId = composition.workerId ?? `${Deno.hostname()}:${Deno.pid}`;
  const fieldsSeen = new FieldsSeen();
  const missedErasures = new MissedErasures();
  const worker = new Worker({
    props: settings,
    kafka,
    plugins,
    metrics,
    workerId,
    fieldsSeen,
    missedErasures,
    time: systemTime,
    random: Math.random,
    ...(freeMemory === undefined ? {} : { freeMemory }),
    logger: logger.with({ logger: knownLoggers.task }),
  });
  const resolve = resolverFor(composition);
  const herder = new Herder({
    worker,
    store: composition.store ?? new MemoryConfigStore(),
    resolve,
    time: systemTime,
    logger: logger.with({ logger: knownLoggers.herder }),
  });
  return { herder, plugins, metrics, kafka, settings, resolve, fieldsSeen, missedErasures, workerId, logger };
}

/** Where the file sink may write: the allowed folders, else the temporary one and one beside the kept connectors. */
function writablePaths(settings: Props): readonly string[] {
  const { "allowed.paths": allowed, "config.storage.dir": storage } = workerConfig.parse(settings);
  if (allowed.length > 0) return allowed;
  return [tmpdir(), ...(storage === null ? [] : [join(storage, "files")])];
}

/**
 * Connectors of the command line may name any variable: whoever starts the program has set them. What comes over REST
 * may name those of `config.providers.env.allow`; the very text of the command line is the exception, as it changes nothing.
 */
function resolverFor({ settings, configs }: Composition): (props: Props) => Promise<ResolvedProps> {
  const { "allowed.paths": allowedPaths, "config.providers.env.allow": allowed } = workerConfig.parse(
    settings,
  );
  const trusted = new Set(configs.map(canonical));
  return (props) => {
    const variables = trusted.has(canonical(props)) ? "all" : allowed;
    return resolveReferences(props, systemSources, { variables, allowedPaths });
  };
}

function canonical(props: Props): string {
  return JSON.stringify(Object.entries(props).sort(([a], [b]) => a < b ? -1 : 1));
}
