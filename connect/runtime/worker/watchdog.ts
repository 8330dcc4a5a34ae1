/** Finds consumers that give nothing although there is something to read. @module */

import { safeText } from "../../api/exceptions.ts";
import type { Admin, Consumer, Isolation, Logger, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { TaskWaiting } from "../task/task_partitions.ts";

/** Shortest and longest pause between two looks, milliseconds. */
const lookEveryMsMin = 1_000;
const lookEveryMsMax = 30_000;

/** The consumer that is looked after, and what Kafka is asked of it. */
interface WatchdogOptions {
  readonly consumer: Pick<Consumer, "assignment" | "position">;
  readonly admin: Pick<Admin, "logBounds" | "groupMembers">;
  /** How the consumer reads: what stands behind an open transaction is no lag of one that reads committed records. */
  readonly isolation: Isolation;
  readonly member: { readonly groupId: string; readonly clientId: string };
  /** `task.stall.timeout.ms`: lag and no progress for this long is a stall; 0 = never. */
  readonly stallTimeoutMs: number;
  /** What the task waits for; undefined while nothing is wanted of its consumer. */
  readonly waiting: () => TaskWaiting | undefined;
  readonly time: Time;
  readonly logger: Logger;
}

/** Looks after one task's consumer. */
export class Watchdog {
  /** Before this moment nothing was wrong. */
  #goodUntilMs: number;

  constructor(private readonly options: WatchdogOptions) {
    this.#goodUntilMs = options.time.monotonic();
  }

  /** True as soon as the consumer has stalled, false when the signal aborts. */
  async stalled(signal: AbortSignal): Promise<boolean> {
    const { time, stallTimeoutMs } = this.options;
    const lookEveryMs = Math.min(lookEveryMsMax, Math.max(lookEveryMsMin, stallTimeoutMs / 4));
    while (!signal.aborted) {
      await time.sleep(lookEveryMs, signal);
      if (!signal.aborted && await this.#hasStalled()) return true;
    }
    return false;
  }

  async #hasStalled(): Promise<boolean> {
    const { time, stallTimeoutMs, waiting } = this.options;
    const now = time.monotonic();
    const wait = waiting();
    if (wait === undefined) this.#goodUntilMs = now;
    if (wait === undefined || stallTimeoutMs === 0) return false;
    if (now - Math.max(wait.sinceMs, this.#goodUntilMs) < stallTimeoutMs) return false;
    const problem = await this.#problem(wait.partitions);
    if (problem === undefined) this.#goodUntilMs = now;
    else this.options.logger.error(`The consumer has stalled: ${problem}`, { stallTimeoutMs });
    return problem !== undefined;
  }

  /** What Kafka says against this consumer; nothing where Kafka itself doesn't answer. */
  async #problem(waitedFor: readonly TopicPartition[]): Promise<string | undefined> {
    const { consumer, logger } = this.options;
    try {
      if (consumer.assignment().length === 0) return await this.#membershipProblem();
      return await this.#lagProblem(waitedFor);
    } catch (error) {
      logger.debug("Cannot ask Kafka whether there is lag", { reason: safeText(error) });
      return undefined;
    }
  }

  /** More tasks than partitions is normal; not to be in the group isn't. */
  async #membershipProblem(): Promise<string | undefined> {
    const { admin, member: { groupId, clientId } } = this.options;
    const members = await admin.groupMembers(groupId);
    return members.some((member) => member.clientId === clientId)
      ? undefined
      : "it has no partitions and isn't a member of its group";
  }

  async #lagProblem(partitions: readonly TopicPartition[]): Promise<string | undefined> {
    const { consumer, admin, isolation } = this.options;
    const bounds = await admin.logBounds(partitions, isolation);
    for (const [{ topic, partition }, { end }] of bounds) {
      const position = consumer.position({ topic, partition });
      if (position === undefined || position < end) {
        return `partition ${topic}-${partition} ends at ${end}, it is at ${position ?? "no offset"}`;
      }
    }
    return undefined;
  }
}
