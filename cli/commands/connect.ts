import type { Logger } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { unbound } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import { type ConfigStore, MemoryConfigStore } from "../../connect/runtime/herder/config_store.ts";
import type { Run } from "../command.ts";
import { compose } from "../compose.ts";
import { ConfigStorage } from "../catalog/config_storage.ts";
import { systemSources } from "../process/config_sources.ts";
import { controlApi } from "../control/control_api.ts";
import { ControlListeners } from "../control/control_listeners.ts";
import { endBySignal } from "../process/end_by_signal.ts";
import { releaseMemory } from "../process/free_memory.ts";
import { releaseIdleMemory } from "../process/idle_memory.ts";
import { systemTime } from "../process/system_time.ts";
import { forgetOtherVariables, variables } from "../process/environment.ts";
import { openLeveledLog } from "../process/program_log.ts";
import { exitCode } from "../usage_error.ts";
import { version } from "../version.ts";
import { connectorRoots } from "../catalog/wanted_connectors.ts";
import { readWorkerSettings, warnOfUnknownSettings } from "../worker_settings.ts";

/** `sluice connect`: runs a worker with Kafka Connect's REST API. */
export const run: Run = async (args) => {
  const { logger, levels } = openLeveledLog(args);
  const currentSettings = () => readWorkerSettings(args.text("worker"), variables(), systemSources);
  const settings = await currentSettings();
  warnOfUnknownSettings(settings, logger);
  const isOpen = args.flag("rest-open");
  await using listeners = await ControlListeners.open({ settings, hasControl: true, isOpen, logger });
  using stack = new DisposableStack();
  const ending = endBySignal(logger);
  const composed = await compose({
    settings,
    currentSettings,
    configs: [],
    allFolders: true,
    logger,
    roots: connectorRoots(args),
    allowBroadRole: args.flag("allow-broad-role"),
    store: await openStore(settings, logger, stack),
    ...(listeners.workerId === undefined ? {} : { workerId: listeners.workerId }),
  });
  forgetOtherVariables(workerConfig.parse(settings)["config.providers.env.allow"].map(unbound));
  const { handlers, health } = controlApi({
    composed,
    levels,
    roots: connectorRoots(args),
    signal: ending,
  });
  logger.info("Sluice starts", { version, pid: Deno.pid, workerId: listeners.workerId });
  await composed.herder.start();
  listeners.answerWith(handlers);
  health.started();
  void releaseIdleMemory({ metrics: composed.metrics, time: systemTime, collect: releaseMemory }, ending);
  await ended(ending);
  listeners.stopAnswering();
  logger.info("Sluice stops: tasks finish the batch in hand and commit");
  await composed.herder.shutDown();
  logger.info("Sluice has stopped");
  return exitCode.ok;
};

async function openStore(settings: Props, logger: Logger, stack: DisposableStack): Promise<ConfigStore> {
  const { "config.storage.dir": folder } = workerConfig.parse(settings);
  if (folder !== null) return stack.use(await ConfigStorage.open(folder, logger));
  logger.warn("Connectors created over REST are lost on exit: config.storage.dir is not set");
  return new MemoryConfigStore();
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
