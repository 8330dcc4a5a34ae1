/** Commits and reads offsets of a consumer group: once, or as a member with a deadline. @module */

import { ConnectException, RetriableException } from "../../api/exceptions.ts";
import type { CommittedOffset } from "../../api/ports.ts";
import { PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { ConsumerServices } from "../consumer_settings.ts";
import type { BrokerConnection } from "../wire/broker_connection.ts";
import type { Cluster, Purpose } from "../wire/cluster.ts";
import {
  codeName,
  failOnCode,
  isCoordinatorCode,
  isFencedCode,
  isOutage,
  KafkaCode,
  KafkaCodeError,
} from "../wire/kafka_error.ts";
import { byTopic } from "../wire/protocol/api.ts";
import type { MemberIdentity } from "../wire/protocol/group_api.ts";
import { offsetCommit, offsetFetch } from "../wire/protocol/offsets_api.ts";
import { type Attempts, untilDeadline } from "../wire/retrying.ts";
import type { Membership } from "./membership.ts";

/** Returns the identity of a client outside the group, which can commit only if the group has no members. */
export function outsider(groupId: string): MemberIdentity {
  return { groupId, generation: -1, memberId: "", instanceId: null };
}

/** Commits once; throws outages unchanged, and ConnectException if the member is fenced. */
export async function commitOnce(
  cluster: Cluster,
  identity: MemberIdentity,
  offsets: PartitionMap<CommittedOffset>,
): Promise<void> {
  const { groupId } = identity;
  const action = `commit offsets of group ${groupId}`;
  const topics = byTopic([...offsets].map(([at, committed]) => ({ ...at, ...committed })));
  const answer = await atCoordinator(
    cluster,
    groupId,
    (connection) => connection.request(offsetCommit, { ...identity, topics }),
  );
  for (const { topic, partitions } of answer.topics) {
    for (const { partition, code } of partitions) {
      if (code === KafkaCode.none) continue;
      if (isCoordinatorCode(code)) cluster.forgetCoordinator(groupId);
      if (code === KafkaCode.rebalanceInProgress) {
        throw new RetriableException(
          `Cannot ${action}: the group rebalances: call poll first`,
        );
      }
      const cause = new KafkaCodeError(code, `${action} for ${topic}-${partition}`);
      if (!isFencedCode(code)) throw cause;
      throw new FencedException(
        `Cannot ${action}: this member isn't in the group any more (${codeName(code)})`,
        code,
        cause,
      );
    }
  }
}

/** The group continues without this member. (`org.apache.kafka.clients.consumer.CommitFailedException`) */
class FencedException extends ConnectException {
  constructor(message: string, readonly code: number, cause: unknown) {
    super(message, { cause });
  }
}

/** Reads the committed offsets of these partitions, or of the whole group for null; leaves out those without one. */
export async function fetchCommitted(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): Promise<PartitionMap<CommittedOffset>> {
  const action = `read the offsets of group ${groupId}`;
  const topics = partitions === null ? null : byTopic(partitions).map(({ topic, partitions: of }) => ({
    topic,
    partitions: of.map((at) => at.partition),
  }));
  const answer = await atCoordinator(
    cluster,
    groupId,
    (connection) => connection.request(offsetFetch, { groupId, topics }),
    "control",
  );
  if (isCoordinatorCode(answer.code)) cluster.forgetCoordinator(groupId);
  failOnCode(answer.code, action);
  const found = new PartitionMap<CommittedOffset>();
  for (const { topic, partitions: of } of answer.topics) {
    for (const { partition, code, offset, metadata } of of) {
      failOnCode(code, `${action} for ${topic}-${partition}`);
      if (offset >= 0n) found.set({ topic, partition }, { offset, metadata });
    }
  }
  return found;
}

/** Asks the coordinator; an outage makes the next call look it up again. */
export async function atCoordinator<T>(
  cluster: Cluster,
  groupId: string,
  ask: (connection: BrokerConnection) => Promise<T>,
  purpose: Purpose = "group",
): Promise<T> {
  try {
    return await ask(await cluster.coordinator(groupId, purpose));
  } catch (cause) {
    if (isOutage(cause)) cluster.forgetCoordinator(groupId);
    throw cause;
  }
}

interface CommitRequest {
  readonly offsets: PartitionMap<CommittedOffset>;
  readonly timeoutMs: number;
}

/**
 * Commits in the member's generation.
 *
 * @throws RetriableException during a rebalance or if Kafka doesn't answer in time, ConnectException if the group
 * continues without this member
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
