/**
 * Commits as a member of the group, and reads back, each up to a deadline.
 *
 * @module
 */

import { ConnectException, RetriableException } from "../../api/exceptions.ts";
import type { CommittedOffset } from "../../api/ports.ts";
import type { PartitionMap, TopicPartition } from "../../api/record.ts";
import type { ConsumerServices } from "../consumer_settings.ts";
import { commitOnce, FencedException, fetchCommitted } from "./group_offsets.ts";
import type { Membership } from "./membership.ts";
import { type Attempts, untilDeadline } from "../wire/retrying.ts";

/** What to commit, and how long to try. */
interface CommitRequest {
  readonly offsets: PartitionMap<CommittedOffset>;
  readonly timeoutMs: number;
}

/**
 * Commits in the member's generation.
 *
 * @throws RetriableException while the group rebalances, or when Kafka doesn't answer in time; ConnectException when
 * the group goes on without this member.
 */
export async function commitAsMember(
  services: ConsumerServices,
  membership: Membership,
  { offsets, timeoutMs }: CommitRequest,
): Promise<void> {
  if (offsets.size === 0) return;
  const { member } = membership;
  const action = `commit offsets of group ${member.settings.groupId}`;
  if (membership.joining) throw new RetriableException(`Cannot ${action}: the group rebalances`);
  if (!member.joined) throw new ConnectException(`Cannot ${action}: this member isn't in the group any more`);
  const { identity } = member;
  try {
    await untilDeadline(
      attempts(services, action, timeoutMs),
      () => commitOnce(services.cluster, identity, offsets),
    );
  } catch (cause) {
    if (cause instanceof FencedException) membership.fenced(cause.code);
    throw cause;
  }
}

/** Committed offsets of these partitions. */
export async function readCommitted(
  services: ConsumerServices,
  partitions: readonly TopicPartition[],
  timeoutMs: number,
): Promise<PartitionMap<CommittedOffset>> {
  const { cluster, settings: { group: { groupId } } } = services;
  const action = `read the offsets of group ${groupId}`;
  return await untilDeadline(
    attempts(services, action, timeoutMs),
    () => fetchCommitted(cluster, groupId, partitions),
  );
}

function attempts({ time, settings }: ConsumerServices, action: string, timeoutMs: number): Attempts {
  return { time, timeoutMs, action, backoff: settings.client.backoff };
}
