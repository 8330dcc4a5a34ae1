/** The handler of the control API: its routes, and who may call them. @module */

import { connectorRoutes } from "../../connect/rest/connector_routes.ts";
import { basicAuth, sameOrigin } from "../../connect/rest/guards.ts";
import { lifeRoutes } from "../../connect/rest/life_routes.ts";
import { loggerRoutes } from "../../connect/rest/logger_routes.ts";
import { offsetRoutes } from "../../connect/rest/offset_routes.ts";
import { pluginRoutes } from "../../connect/rest/plugin_routes.ts";
import { type RestHandler, restHandler } from "../../connect/rest/rest_handler.ts";
import { rootRoutes } from "../../connect/rest/root_routes.ts";
import { troubleForm } from "../../connect/rest/troubles.ts";
import { uiConnectors } from "../../connect/rest/ui/ui_facts.ts";
import { type UiControl, uiRoutes } from "../../connect/rest/ui/ui_routes.ts";
import type { WorkerHealth } from "../../connect/rest/worker_health.ts";
import { restUser } from "./control_listeners.ts";
import {
  commonOptions,
  type ControlApiOptions,
  hostGuard,
  type WatchedWorker,
  workerFacts,
} from "./health_handler.ts";
import { knownLoggers } from "../process/log_levels.ts";
import { Passages } from "../dataflow/passages.ts";
import { systemTime } from "../process/system_time.ts";
import { version } from "../version.ts";

/** Creates the handler of Connect's REST API and the page. */
export function controlHandler(options: ControlApiOptions, watched: WatchedWorker): RestHandler {
  const { composed, levels } = options;
  const { herder, plugins, settings, resolve } = composed;
  const common = commonOptions(options);
  const { timeout } = common;
  const routes = [
    ...rootRoutes(workerFacts(composed, watched)),
    ...connectorRoutes(herder, plugins),
    ...lifeRoutes(herder, plugins),
    ...offsetRoutes(herder),
    ...pluginRoutes({ herder, plugins, worker: settings, resolve, timeout }),
    ...loggerRoutes(levels),
    ...uiRoutes(uiControl(options, watched.health)),
  ];
  const user = restUser(settings);
  const guards = [hostGuard(settings), sameOrigin, ...(user === undefined ? [] : [basicAuth(user)])];
  return restHandler({ ...common, routes, guards });
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
