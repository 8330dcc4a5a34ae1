/** Sends heartbeats between polls. @module */

import type { ClientServices } from "../wire/client_services.ts";
import { BrokerAwayError, isFencedCode, isOutage, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import type { Member } from "./member.ts";
import { OutageLog } from "../wire/outage_log.ts";
import { heartbeat } from "../wire/protocol/group_api.ts";
import { Backoff } from "../wire/waiting.ts";

interface HeartbeatEvents {
  /** No `poll` for `max.poll.interval.ms`: the member leaves, so that others get the partitions. */
  pollOverdue(): boolean;
  overdue(): void;
  /** The group rebalances; the member keeps its partitions until it rejoins. */
  rebalance(): void;
  /** The group continues without this member. */
  fenced(code: number): void;
  /** A permanent failure. */
  failed(cause: unknown): void;
}

interface HeartbeatContext extends ClientServices {
  readonly member: Member;
  readonly events: HeartbeatEvents;
}

// If one heartbeat is lost, another must follow within the session timeout.
const beatsPerSession = 3;

/** Sends heartbeats until the signal aborts or the membership ends. */
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

/** Returns the answer's code, or why there is none. */
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
