/** Builds the control API of a composed program. @module */

import type { Props } from "../../connect/api/sink_task.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import { prometheusText } from "../../connect/metrics/prometheus.ts";
import { connectorRoutes } from "../../connect/rest/connector_routes.ts";
import { basicAuth, knownHost, sameOrigin } from "../../connect/rest/guards.ts";
import { lifeRoutes } from "../../connect/rest/life_routes.ts";
import { type LoggerControl, loggerRoutes } from "../../connect/rest/logger_routes.ts";
import { offsetRoutes } from "../../connect/rest/offset_routes.ts";
import { pluginRoutes } from "../../connect/rest/plugin_routes.ts";
import { type Guard, restHandler } from "../../connect/rest/rest_handler.ts";
import { healthRoutes, rootRoutes, type WorkerFacts } from "../../connect/rest/root_routes.ts";
import { troubleForm } from "../../connect/rest/troubles.ts";
import { uiConnectors } from "../../connect/rest/ui/ui_facts.ts";
import { type UiControl, uiRoutes } from "../../connect/rest/ui/ui_routes.ts";
import { WorkerHealth } from "../../connect/rest/worker_health.ts";
import type { Composed } from "../compose.ts";
import { type Handlers, restUser } from "./control_listeners.ts";
import { embedded } from "../embedded.ts";
import { KafkaProbe } from "./kafka_probe.ts";
import { knownLoggers } from "../process/log_levels.ts";
import { Passages } from "../dataflow/passages.ts";
import { systemTime } from "../process/system_time.ts";
import { kafkaVersion, version } from "../version.ts";

/** Longest wait of a runtime timer, in milliseconds. */
const timerMsMax = 2 ** 31 - 1;

interface ControlApiOptions {
  readonly composed: Composed;
  readonly levels: LoggerControl;
  /** Folders of connectors, whose examples show their data flow. */
  readonly roots: readonly URL[];
  /** Aborts when the program ends. */
  readonly signal: AbortSignal;
}

interface ControlApi {
  readonly handlers: Handlers;
  readonly health: WorkerHealth;
}

/** Creates the handlers. Background work ends with the signal. */
export function controlApi(options: ControlApiOptions): ControlApi {
  const { composed, levels, signal } = options;
  const { herder, plugins, metrics, settings, resolve, hide } = composed;
  const logger = composed.logger.with({ logger: knownLoggers.rest });
  const parsed = workerConfig.parse(settings);
  const staleMs = Number(parsed["health.stale.ms"]);
  const { missedErasures: erasures } = composed;
  const kafka = new KafkaProbe({ ...composed, time: systemTime });
  const watched = { herder, metrics, erasures, staleMs, time: systemTime, logger };
  const health = new WorkerHealth({ ...watched, troubles: () => kafka.troubles });
  void kafka.ask(signal);
  const facts = workerFacts(composed, health, () => kafka.clusterId);
  const timeout = (ms: number) => AbortSignal.any([signal, AbortSignal.timeout(Math.min(ms, timerMsMax))]);
  void health.watch(signal);
  const routes = [
    ...rootRoutes(facts),
    ...connectorRoutes(herder, plugins),
    ...lifeRoutes(herder, plugins),
    ...offsetRoutes(herder),
    ...pluginRoutes({ herder, plugins, worker: settings, resolve, timeout }),
    ...loggerRoutes(levels),
    ...uiRoutes(uiControl(options, health)),
  ];
  const common = {
    ...{ logger, timeout, hide },
    requestsMax: parsed["rest.requests.max"],
    bodyMsMax: Number(parsed["rest.body.timeout.ms"]),
  };
  const { control: guards, health: healthGuards } = guardsOf(settings);
  return {
    health,
    handlers: {
      control: restHandler({ ...common, routes, guards }),
      health: restHandler({ ...common, routes: healthRoutes(facts), guards: healthGuards }),
    },
  };
}

/**
 * Every listener checks host names, password or not: a web page reaches what its browser's machine reaches.
 */
function guardsOf(settings: Props): Readonly<Record<keyof Handlers, readonly Guard[]>> {
  const user = restUser(settings);
  const { "rest.advertised.host.name": name, "rest.allowed.hosts": others } = workerConfig.parse(settings);
  const known = knownHost([...(name === null ? [] : [name]), ...others]);
  return {
    control: [known, sameOrigin, ...(user === undefined ? [] : [basicAuth(user)])],
    health: [known],
  };
}

function uiControl({ composed, roots }: ControlApiOptions, health: WorkerHealth): UiControl {
  const { herder, plugins, metrics, missedErasures: erasures } = composed;
  const logger = composed.logger.with({ logger: knownLoggers.rest });
  const passages = new Passages(composed, roots, { now: systemTime.now(), logger });
  return {
    facts: () => ({
      atMs: systemTime.monotonic(),
      version,
      workerId: composed.workerId,
      health: health.now(),
      troubles: health.troubles().map(troubleForm),
      stuck: health.stuck(),
      connectors: uiConnectors({ herder, metrics, plugins, erasures }),
    }),
    passage: (connector) => passages.of(connector),
    erasuresDone: (connector, upTo) => {
      if (!herder.names().includes(connector)) return false;
      const count = erasures.handled(connector, upTo);
      logger.warn("An operator marks erasures as done", { connector, count });
      return true;
    },
  };
}

function workerFacts(
  { metrics }: Composed,
  health: WorkerHealth,
  clusterId: () => string | undefined,
): WorkerFacts {
  return {
    version: kafkaVersion,
    commit: embedded()?.commit ?? "source",
    clusterId,
    health: () => health.now(),
    metrics: () => prometheusText([...metrics.samples(), ...health.samples()]),
  };
}
