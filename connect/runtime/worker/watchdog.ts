import { safeText } from "../../api/exceptions.ts";
import type { Admin, Consumer, Isolation, Logger, Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { TaskWaiting } from "../task/task_partitions.ts";

/** Shortest and longest time between two checks, milliseconds. */
const lookEveryMsMin = 1_000;
const lookEveryMsMax = 30_000;

interface WatchdogOptions {
  readonly consumer: Pick<Consumer, "assignment" | "position">;
  readonly admin: Pick<Admin, "logBounds" | "groupMembers">;
  /** The consumer's isolation: with `read_committed`, records after an open transaction are no lag. */
  readonly isolation: Isolation;
  readonly member: { readonly groupId: string; readonly clientId: string };
  /** `task.stall.timeout.ms`: a stall is lag without progress for this long; 0 = never. */
  readonly stallTimeoutMs: number;
  /** Partitions that should give records; undefined if none should. */
  readonly waiting: () => TaskWaiting | undefined;
  readonly time: Time;
  readonly logger: Logger;
}

/** Finds a consumer that gives no records although there is lag. */
export class Watchdog {
  /** No problem was seen before this time. */
  #goodUntilMs: number;

  constructor(private readonly options: WatchdogOptions) {
    this.#goodUntilMs = options.time.monotonic();
  }

  /** Resolves to true if the consumer has stalled, false once the signal aborts. */
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

  /** Returns the consumer's problem, or undefined if Kafka doesn't answer. */
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

  /** Without partitions it must at least be a member: there may be more tasks than partitions. */
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
        return `partition ${topic}-${partition} ends at ${end}, the consumer is at ${
          position ?? "no offset"
        }`;
      }
    }
    return undefined;
  }
}
