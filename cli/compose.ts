/** Puts the program together: the only place that knows every adapter. Plain calls, no container. @module */

import type { PluginRegistry } from "../connect/config/plugin_registry.ts";
import type { KafkaClients, Logger } from "../connect/api/ports.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { type ResolvedProps, resolveReferences } from "../connect/config/references/config_providers.ts";
import { wholeConfig } from "../connect/config/sink_policy.ts";
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

/** What the program is put together from. */
interface Composition {
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
  /** Takes out of a text what references in connectors of the control API stand for. */
  readonly hide: (text: string) => string;
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
 * Connectors of the command line may name any variable and any file: the operator has set them. What comes
 * over REST may name what the worker's options allow; the very text of the command line is the exception, as it changes
 * nothing.
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
    // What the connector's code hands on of an option is told of the option itself.
    const ofWritten = <T>(texts: ReadonlyMap<string, T>) =>
      new Map([...texts].filter(([name]) => Object.hasOwn(written, name)));
    const { problems, warnings } = found;
    const resolved = {
      ...{ ...found, whole, conflicts },
      ...{ problems: ofWritten(problems), warnings: ofWritten(warnings) },
    };
    if (isTrusted) return resolved;
    hidden.note(resolved.values);
    return { ...resolved, refusals: await restRefusals(written, resolved, rules) };
  };
}

function canonical(props: Props): string {
  return JSON.stringify(Object.entries(props).sort(([a], [b]) => a < b ? -1 : 1));
}
