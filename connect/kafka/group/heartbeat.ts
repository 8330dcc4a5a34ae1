/**
 * Keeps a member alive while nobody polls.
 *
 * @module
 */

import type { ClientServices } from "../wire/client_services.ts";
import { BrokerAwayError, isFencedCode, isOutage, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import type { Member } from "./member.ts";
import { OutageLog } from "../wire/outage_log.ts";
import { heartbeat } from "../wire/protocol/group_api.ts";
import { Backoff } from "../wire/waiting.ts";

/** What a heartbeat can bring to light. */
interface HeartbeatEvents {
  /** Nobody polled for `max.poll.interval.ms`: leave, so that others get the partitions. */
  pollOverdue(): boolean;
  overdue(): void;
  /** The group wants to rebalance; the member keeps its partitions until it rejoins. */
  rebalance(): void;
  /** The group goes on without this member. */
  fenced(code: number): void;
  /** Nothing that waiting would help. */
  failed(cause: unknown): void;
}

interface HeartbeatContext extends ClientServices {
  readonly member: Member;
  readonly events: HeartbeatEvents;
}

// A beat that got lost must be followed by another before the session is over.
const beatsPerSession = 3;

/** Beats until the signal aborts, or the membership ends. */
export async function keepAlive(context: HeartbeatContext, signal: AbortSignal): Promise<void> {
  const outage = new OutageLog(context.logger, "the coordinator of its group", context);
  try {
    await beatUntil(context, outage, signal);
  } finally {
    outage.close();
  }
}

async function beatUntil(context: HeartbeatContext, outage: OutageLog, signal: AbortSignal): Promise<void> {
  const { member, time, events } = context;
  const backoff = new Backoff(time, context.backoff);
  while (true) {
    if (backoff.failures === 0) await time.sleep(member.settings.heartbeatIntervalMs, signal);
    if (signal.aborted) return;
    if (events.pollOverdue()) return events.overdue();
    outage.asks();
    const code = await beat(context);
    if (signal.aborted) return;
    if (code instanceof Error) {
      if (!isOutage(code)) return events.failed(code);
      context.cluster.forgetCoordinator(member.settings.groupId);
      outage.failed(code);
      await backoff.wait(signal);
      continue;
    }
    outage.succeeded();
    backoff.succeeded();
    if (code === KafkaCode.rebalanceInProgress) events.rebalance();
    else if (isFencedCode(code)) return events.fenced(code);
  }
}

/** The answer's code, or why there is none. */
async function beat({ cluster, member, time }: HeartbeatContext): Promise<number | Error> {
  const { groupId, sessionTimeoutMs, heartbeatIntervalMs } = member.settings;
  const timeoutMs = Math.max(heartbeatIntervalMs, sessionTimeoutMs / beatsPerSession);
  const sentAt = time.monotonic();
  try {
    const connection = await cluster.coordinator(groupId);
    const { code } = await connection.request(heartbeat, member.identity, timeoutMs);
    if (code === KafkaCode.none || code === KafkaCode.rebalanceInProgress) member.confirm(sentAt);
    else if (!isFencedCode(code)) return new KafkaCodeError(code, `stay in group ${groupId}`);
    return code;
  } catch (cause) {
    return cause instanceof Error ? cause : new BrokerAwayError("unknown failure", { cause });
  }
}
