/** `sluice start`: runs connectors until a signal, or until one has failed for good. @module */

import type { Logger } from "../connect/api/ports.ts";
import type { FailedForGood, Herder } from "../connect/runtime/herder.ts";
import { ConfigException } from "../connect/api/exceptions.ts";
import type { Run } from "./command.ts";
import { listenForEnd } from "./ending_signals.ts";
import { prepare, problemText } from "./prepare.ts";
import { systemTime } from "./system_time.ts";
import { exitCode } from "./usage_error.ts";
import { version } from "./version.ts";

/** Runs the command. */
export const run: Run = async (args) => {
  const { composed: { herder }, connectors, logger } = await prepare(args);
  const problem = problemText(connectors);
  if (problem !== undefined) throw new ConfigException(problem);
  const ending = endBySignal(logger);
  logger.info("Sluice starts", {
    version,
    pid: Deno.pid,
    connectors: connectors.map(({ name }) => name).join(","),
  });
  await herder.start();
  for (const { name, props } of connectors) await herder.putConnector(name, props);
  const failed = await herder.firstFailure(ending);
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
    trace: failure.trace,
  });
}

/** The first signal ends everything in order, the second one at once. */
function endBySignal(logger: Logger): AbortSignal {
  return listenForEnd(systemTime, {
    first: (signal) => logger.info("Signal received", { signal }),
    second: (signal) => {
      logger.warn("Second signal: Sluice ends at once, what was not committed will come again", { signal });
      Deno.exit(exitCode.failed);
    },
  });
}
