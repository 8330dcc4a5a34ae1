/** The beginning and the end of a task. (`WorkerSinkTask.initializeAndStart`, `close`) @module */

import { backoffMs } from "../../api/backoff.ts";
import { RetriableException, safeText } from "../../api/exceptions.ts";
import { endsWithin, orForcedStop } from "../abort.ts";
import type { WorkerSinkTaskOptions } from "./sink_task_options.ts";
import type { SinkTaskParts } from "./sink_task_parts.ts";

/** First wait before `start` is tried again where it asked for that; doubled each time up to the second one. */
const startRetry = { msMin: 1_000, msMax: 30_000 } as const;

/** Starts the task and joins the group. */
export async function startSinkTask(options: WorkerSinkTaskOptions, parts: SinkTaskParts): Promise<void> {
  const { task, consumer, subscription, listener, resources, signals: { stopping, forced } } = options;
  task.initialize(parts.context);
  await resources.prepare(stopping.signal, () => listener.started());
  if (stopping.signal.aborted) return;
  await startUntilDone(options, parts);
  if (stopping.signal.aborted) return;
  await orForcedStop(
    () => consumer.subscribe(subscription, parts.rebalances),
    forced.signal,
    "Cannot subscribe",
  );
  listener.started();
}

/** Tries until the task starts or fails for good: an outage at start is an outage like any other. */
async function startUntilDone(options: WorkerSinkTaskOptions, parts: SinkTaskParts): Promise<void> {
  const { task, props, time, logger, listener, signals: { stopping, forced } } = options;
  const { troubles } = parts;
  for (let failures = 0;; failures++) {
    try {
      return await orForcedStop(
        () => troubles.during("sink", "start", () => task.start(props)),
        forced.signal,
        "Cannot start the task",
      );
    } catch (error) {
      if (!(error instanceof RetriableException)) throw error;
      listener.started(); // an outage leaves the task RUNNING
      const waitMs = parts.context.takeTimeoutMs() ?? backoffMs(failures, startRetry);
      logger.debug("Cannot start the task yet: will try again", { waitMs, reason: error.message });
      await time.sleep(waitMs, stopping.signal);
    }
    if (stopping.signal.aborted) return;
  }
}

/** Commits what was delivered, stops the task and leaves the group. Never throws, and never takes for ever. */
export async function endSinkTask(options: WorkerSinkTaskOptions, parts: SinkTaskParts): Promise<void> {
  const { task, consumer, time, shutdownTimeoutMs, logger, resources, signals: { forced } } = options;
  const { committer, rebalances } = parts;
  const partitions = consumer.assignment();
  if (partitions.length > 0 && !forced.signal.aborted) await committer.commitClosing(partitions);
  rebalances.close();
  if (forced.signal.aborted) logger.error("Graceful stop of the task failed: it was stopped by force");
  const stopped = task.stop().catch((error) =>
    logger.warn("Cannot stop the task", { reason: safeText(error) })
  );
  if (!await endsWithin(stopped, shutdownTimeoutMs, time)) {
    logger.warn("The task doesn't stop in time: the worker goes on without it");
  }
  const closed = consumer.close(shutdownTimeoutMs)
    .catch((error) => logger.warn("Cannot close the consumer", { reason: safeText(error) }));
  if (!await endsWithin(closed, 2 * shutdownTimeoutMs, time)) {
    logger.warn("The consumer doesn't close in time: the worker goes on without it");
  }
  await resources.release();
  forced.abort(); // nothing of this task waits any more
}
