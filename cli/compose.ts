import type { PluginRegistry } from "../connect/config/plugin_registry.ts";
import type { KafkaClients, Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ResolvedProps, resolveReferences } from "../connect/config/references/config_providers.ts";
import { asWritten, wholeConfig } from "../connect/config/sink_policy.ts";
import { HiddenValues } from "../connect/config/references/hidden_values.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import { MissedErasures } from "../connect/errors/missed_erasures.ts";
import { createKafkaClients } from "../connect/kafka/mod.ts";
import { MetricsRegistry } from "../connect/metrics/registry.ts";
import { type ConfigStore, MemoryConfigStore } from "../connect/runtime/herder/config_store.ts";
import { FieldsSeen } from "../connect/runtime/herder/fields_seen.ts";
import { visibleText } from "../connect/rest/ui/visible_text.js";
import { Herder } from "../connect/runtime/herder/herder.ts";
import { Worker } from "../connect/runtime/worker/worker.ts";
import { sinkPlugins } from "../sinks/mod.ts";
import { systemSources } from "./process/config_sources.ts";
import { fileSinkFolders } from "./control/file_sink_folders.ts";
import { hidingLogger } from "./process/hiding_logger.ts";
import { knownLoggers } from "./process/log_levels.ts";
import { loadPlugins } from "./catalog/plugins.ts";
import { restRefusals } from "./control/rest_config_rules.ts";
import { freeMemory } from "./process/free_memory.ts";
import { giveUp } from "./process/rights.ts";
import { systemTime } from "./process/system_time.ts";

interface Composition {
  readonly settings: Props;
  /** Reads the settings again for each new connection to Kafka, so that rotated secrets work. */
  readonly currentSettings: () => Promise<Props>;
  /** Configurations of the command line: they select connector folders and may refer to any variable. */
  readonly configs: readonly Props[];
  readonly logger: Logger;
  /** Folders with connector folders. */
  readonly roots: readonly URL[];
  /** Accepts roles with more rights than `egress.columns`. */
  readonly allowBroadRole?: boolean;
  /** Loads the code of all folders, for connectors that come over REST. */
  readonly allFolders?: boolean;
  /** Absent = connectors are kept in memory. */
  readonly store?: ConfigStore;
  /** `host:port` of the control API; absent = host name and process id. */
  readonly workerId?: string;
}

/** The program's parts; nothing connects before a connector starts. */
export interface Composed {
  readonly herder: Herder;
  readonly plugins: PluginRegistry;
  readonly metrics: MetricsRegistry;
  readonly kafka: KafkaClients;
  readonly settings: Props;
  readonly resolve: (props: Props) => Promise<ResolvedProps>;
  /** Hides values of references in configurations that came over REST. */
  readonly hide: (text: string) => string;
  readonly fieldsSeen: FieldsSeen;
  readonly missedErasures: MissedErasures;
  /** Name of this process in status. */
  readonly workerId: string;
  readonly logger: Logger;
}

/** Puts the program together: the only place that knows every adapter. */
export async function compose(composition: Composition): Promise<Composed> {
  const { settings } = composition;
  const hidden = new HiddenValues();
  const logger = hidingLogger(composition.logger, hidden);
  const plugins = await loadPlugins(
    composition.allFolders ? "all" : composition.configs,
    sinkPlugins({
      ...await fileSinkFolders(settings),
      ...(Deno.stdout.isTerminal() ? { onScreen: visibleText } : {}),
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
  giveUp("sys");
  const fieldsSeen = new FieldsSeen();
  const missedErasures = new MissedErasures();
  const services = {
    ...{ kafka, plugins, fieldsSeen, missedErasures, time: systemTime, random: Math.random },
    ...(freeMemory === undefined ? {} : { freeMemory }),
  };
  const taskLogger = logger.with({ logger: knownLoggers.task });
  const worker = new Worker(services, { props: settings, metrics, workerId, logger: taskLogger });
  const resolve = resolverFor(composition, { plugins, hidden });
  const hide = (text: string) => hidden.hide(text);
  const herder = new Herder({
    worker,
    store: composition.store ?? new MemoryConfigStore(),
    resolve,
    hide,
    time: systemTime,
    logger: logger.with({ logger: knownLoggers.herder }),
  });
  return {
    ...{ herder, plugins, metrics, kafka, settings, resolve, hide },
    ...{ fieldsSeen, missedErasures, workerId, logger },
  };
}

/**
 * Resolves references. Connectors of the command line may refer to any variable and file, because the
 * operator wrote them. Connectors of REST may refer to what the worker's options allow, and may repeat a text
 * of the command line.
 */
function resolverFor(
  { settings, configs }: Composition,
  { plugins, hidden }: { readonly plugins: PluginRegistry; readonly hidden: HiddenValues },
): (props: Props) => Promise<ResolvedProps> {
  const { "allowed.paths": allowedPaths, "config.providers.env.allow": variables } = workerConfig.parse(
    settings,
  );
  const trusted = new Set(configs.map(canonical));
  const policy = { variables, allowedPaths };
  const rules = { worker: settings, plugins, policy, sources: systemSources };
  return async (written) => {
    const { props: whole, conflicts } = wholeConfig(written, plugins);
    const isTrusted = trusted.has(canonical(written));
    const found = await resolveReferences(whole, systemSources, {
      ...policy,
      ...(isTrusted ? { variables: "all" } : {}),
    });
    const { problems, warnings } = found;
    const resolved = {
      ...{ ...found, whole, conflicts },
      ...{ problems: asWritten(problems, whole, written), warnings: asWritten(warnings, whole, written) },
    };
    if (isTrusted) return resolved;
    hidden.note(resolved.values);
    return { ...resolved, refusals: await restRefusals(written, resolved, rules) };
  };
}

function canonical(props: Props): string {
  return JSON.stringify(Object.entries(props).sort(([a], [b]) => a < b ? -1 : 1));
}
