/** Builds the control API of a composed program; its code is loaded at the first request. @module */

import { workerConfig } from "../../connect/config/worker_config.ts";
import type { RestHandler } from "../../connect/rest/rest_handler.ts";
import { WorkerHealth } from "../../connect/rest/worker_health.ts";
import type { Handlers } from "./control_listeners.ts";
import type { ControlApiOptions } from "./health_handler.ts";
import { KafkaProbe } from "./kafka_probe.ts";
import { knownLoggers } from "../process/log_levels.ts";
import { systemTime } from "../process/system_time.ts";

interface ControlApi {
  readonly handlers: Handlers;
  readonly health: WorkerHealth;
}

/** Creates the handlers. Background work ends with the signal. */
export function controlApi(options: ControlApiOptions): ControlApi {
  const { composed, signal } = options;
  const { herder, metrics, settings } = composed;
  const logger = composed.logger.with({ logger: knownLoggers.rest });
  const staleMs = Number(workerConfig.parse(settings)["health.stale.ms"]);
  const { missedErasures: erasures } = composed;
  const kafka = new KafkaProbe({ ...composed, time: systemTime });
  const watched = { herder, metrics, erasures, staleMs, time: systemTime, logger };
  const health = new WorkerHealth({ ...watched, troubles: () => kafka.troubles });
  void kafka.ask(signal);
  void health.watch(signal);
  const watch = { health, clusterId: () => kafka.clusterId };
  return {
    health,
    handlers: {
      control: late(async () => (await import("./control_handler.ts")).controlHandler(options, watch)),
      health: late(async () => (await import("./health_handler.ts")).healthHandler(options, watch)),
    },
  };
}

/** Creates the handler at the first request: many workers get none, or only health checks. */
function late(create: () => Promise<RestHandler>): RestHandler {
  let handler: Promise<RestHandler> | undefined;
  return async (request) => await (await (handler ??= create()))(request);
}
