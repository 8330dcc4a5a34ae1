/** The handler of health checks and metrics, and what it shares with the control API's. @module */

import type { Props } from "../../connect/api/sink_task.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import { prometheusText } from "../../connect/metrics/prometheus.ts";
import { knownHost } from "../../connect/rest/guards.ts";
import type { LoggerControl } from "../../connect/rest/logger_routes.ts";
import {
  type Guard,
  type RestHandler,
  restHandler,
  type RestHandlerOptions,
} from "../../connect/rest/rest_handler.ts";
import { healthRoutes, type WorkerFacts } from "../../connect/rest/root_routes.ts";
import type { WorkerHealth } from "../../connect/rest/worker_health.ts";
import type { Composed } from "../compose.ts";
import { embedded } from "../embedded.ts";
import { knownLoggers } from "../process/log_levels.ts";
import { kafkaVersion } from "../version.ts";

/** Longest wait of a runtime timer, in milliseconds. */
const timerMsMax = 2 ** 31 - 1;

export interface ControlApiOptions {
  readonly composed: Composed;
  readonly levels: LoggerControl;
  /** Folders of connectors, whose examples show their data flow. */
  readonly roots: readonly URL[];
  /** Aborts when the program ends. */
  readonly signal: AbortSignal;
}

/** The worker as its watches see it. */
export interface WatchedWorker {
  readonly health: WorkerHealth;
  /** Undefined until Kafka has answered. */
  clusterId(): string | undefined;
}

/** Creates the handler of `/health` and `/metrics`. */
export function healthHandler(options: ControlApiOptions, watched: WatchedWorker): RestHandler {
  return restHandler({
    ...commonOptions(options),
    routes: healthRoutes(workerFacts(options.composed, watched)),
    guards: [hostGuard(options.composed.settings)],
  });
}

/** Returns the options of both handlers. */
export function commonOptions(
  { composed, signal }: ControlApiOptions,
): Omit<RestHandlerOptions, "routes" | "guards"> {
  const parsed = workerConfig.parse(composed.settings);
  return {
    logger: composed.logger.with({ logger: knownLoggers.rest }),
    timeout: (ms) => AbortSignal.any([signal, AbortSignal.timeout(Math.min(ms, timerMsMax))]),
    hide: composed.hide,
    requestsMax: parsed["rest.requests.max"],
    bodyMsMax: Number(parsed["rest.body.timeout.ms"]),
  };
}

/**
 * Every listener checks host names, password or not: a web page reaches what its browser's machine reaches.
 */
export function hostGuard(settings: Props): Guard {
  const { "rest.advertised.host.name": name, "rest.allowed.hosts": others } = workerConfig.parse(settings);
  return knownHost([...(name === null ? [] : [name]), ...others]);
}

/** Returns what `/`, `/health` and `/metrics` show. */
export function workerFacts(
  { metrics }: Composed,
  { health, clusterId }: WatchedWorker,
): WorkerFacts {
  return {
    version: kafkaVersion,
    commit: embedded()?.commit ?? "source",
    clusterId,
    health: () => health.now(),
    metrics: () => prometheusText([...metrics.samples(), ...health.samples()]),
  };
}
