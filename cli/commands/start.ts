import type { Logger } from "../../connect/api/ports.ts";
import type { FailedForGood, Herder } from "../../connect/runtime/herder/herder.ts";
import { ConfigException } from "../../connect/api/exceptions.ts";
import { unbound } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { Run } from "../command.ts";
import { controlApi } from "../control/control_api.ts";
import { ControlListeners } from "../control/control_listeners.ts";
import { endBySignal } from "../process/end_by_signal.ts";
import { releaseMemory } from "../process/free_memory.ts";
import { releaseIdleMemory } from "../process/idle_memory.ts";
import { systemTime } from "../process/system_time.ts";
import { forgetOtherVariables } from "../process/environment.ts";
import { prepare, problemText } from "../prepare.ts";
import { exitCode, UsageError } from "../usage_error.ts";
import { version } from "../version.ts";
import { connectorRoots } from "../catalog/wanted_connectors.ts";

/** `sluice start`: runs connectors until a signal, or until one has failed for good. */
export const run: Run = async (args) => {
  if (args.flag("rest-open") && !args.flag("rest")) {
    throw new UsageError("Cannot use --rest-open without --rest: no control API is opened");
  }
  const program = await prepare(args);
  const { composed, connectors, logger, settings, levels } = program;
  const { herder } = composed;
  const problem = problemText(connectors);
  if (problem !== undefined) throw new ConfigException(problem);
  for (const { name, validation } of connectors) {
    for (const warning of validation?.warnings ?? []) logger.warn(warning, { connector: name });
  }
  forgetOtherVariables(workerConfig.parse(settings)["config.providers.env.allow"].map(unbound));
  const hasControl = args.flag("rest");
  const isOpen = args.flag("rest-open");
  await using listeners = await ControlListeners.open({ settings, hasControl, isOpen, logger });
  const ending = endBySignal(logger);
  const { handlers, health } = controlApi({
    composed,
    levels,
    roots: connectorRoots(args),
    signal: ending,
  });
  logger.info("Sluice starts", {
    version,
    pid: Deno.pid,
    connectors: connectors.map(({ name }) => name).join(","),
  });
  await herder.start();
  for (const { name, props } of connectors) await herder.putConnector(name, props);
  listeners.answerWith(handlers);
  health.started();
  void releaseIdleMemory({ metrics: composed.metrics, time: systemTime, collect: releaseMemory }, ending);
  // A failed connector that came over REST must not end the others.
  const given = new Set(connectors.map(({ name }) => name));
  const failed = await herder.firstFailure(ending, given);
  listeners.stopAnswering();
  if (failed !== undefined) logFailure(failed, logger);
  await shutDown(herder, logger);
  return failed === undefined ? exitCode.ok : exitCode.failed;
};

async function shutDown(herder: Herder, logger: Logger): Promise<void> {
  logger.info("Sluice stops: tasks finish the batch in hand and commit");
  await herder.shutDown();
  logger.info("Sluice has stopped");
}

function logFailure({ connector, task, failure }: FailedForGood, logger: Logger): void {
  logger.error("Sluice stops, because a connector has failed for good", {
    connector,
    task: task?.id,
    rule: failure.rule,
    reason: failure.reason,
    trace: failure.isMistake ? undefined : failure.trace,
  });
}
