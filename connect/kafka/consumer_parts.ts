/**
 * Makes the parts of a consumer and ties them to it.
 *
 * @module
 */

import type { KafkaAway, Logger, Subscription, Time } from "../api/ports.ts";
import type { TopicPartition } from "../api/record.ts";
import type { Cluster } from "./wire/cluster.ts";
import type { ConsumerSettings } from "./consumer_settings.ts";
import type { FramePool } from "./wire/frame_pool.ts";
import type { LargeBatches } from "./batches/large_batches.ts";
import { Fetcher, noNode } from "./fetch/fetcher.ts";
import type { GroupTopics } from "./group/group_join.ts";
import { Membership } from "./group/membership.ts";
import type { KafkaReach, OutageLog } from "./wire/outage_log.ts";
import type { PositionsContext } from "./fetch/positions.ts";
import type { PartitionState } from "./fetch/partition_state.ts";
import { TopicWatch } from "./fetch/topic_watch.ts";

/** What a consumer is made of. */
export interface ConsumerServices {
  readonly settings: ConsumerSettings;
  readonly cluster: Cluster;
  /** Memory for fetched records. */
  readonly frames: FramePool;
  readonly largeBatches: LargeBatches;
  readonly time: Time;
  readonly logger: Logger;
}

/** What the parts tell, and ask of, the consumer they belong to. */
export interface ConsumerParts {
  readonly services: ConsumerServices;
  readonly reach: KafkaReach;
  changed(): void;
  failed(cause: unknown): void;
  leadersStale(): void;
  outOfRange(state: PartitionState): void;
  topicsToJoin(): readonly string[];
  partitionCounts(topics: readonly string[]): Promise<GroupTopics>;
  ledTopics(): GroupTopics | undefined;
  isJoining(): boolean;
  refreshed(): void;
}

/** The fetcher of a consumer. */
export function fetcherOf(parts: ConsumerParts): Fetcher {
  const { settings, ...services } = parts.services;
  return new Fetcher({
    ...services,
    reach: parts.reach,
    settings: settings.fetch,
    requestTimeoutMs: settings.client.requestTimeoutMs,
    backoff: settings.client.backoff,
    arrived: () => parts.changed(),
    leadersStale: () => parts.leadersStale(),
    outOfRange: (state) => parts.outOfRange(state),
  });
}

/** The membership of a consumer. */
export function membershipOf(parts: ConsumerParts): Membership {
  const { settings, ...services } = parts.services;
  return new Membership({
    ...services,
    reach: parts.reach,
    settings: settings.group,
    backoff: settings.client.backoff,
    topics: () => parts.topicsToJoin(),
    partitionCounts: (topics) => parts.partitionCounts(topics),
    changed: () => parts.changed(),
  });
}

/** What keeps a consumer's metadata fresh. */
export function watchOf(parts: ConsumerParts, subscription: Subscription): TopicWatch {
  const { settings, ...services } = parts.services;
  return new TopicWatch({
    ...services,
    reach: parts.reach,
    subscription,
    ageMsMax: settings.client.metadataAgeMsMax,
    autoCreate: settings.autoCreateTopics,
    backoff: settings.client.backoff,
    ledTopics: () => parts.ledTopics(),
    isJoining: () => parts.isJoining(),
    refreshed: () => parts.refreshed(),
    failed: (cause) => parts.failed(cause),
  });
}

/** What doesn't answer, with those of these partitions that wait for it. */
export function awayOf(
  { reach, services: { cluster } }: ConsumerParts,
  partitions: readonly TopicPartition[],
): KafkaAway | undefined {
  const away = reach.away();
  if (away === undefined) return undefined;
  const { sinceMs, reason, nodes } = away;
  const waits = (at: TopicPartition) => nodes?.has(cluster.leader(at.topic, at.partition) ?? noNode) ?? true;
  return { sinceMs, reason, partitions: partitions.filter(waits) };
}

/** What finding positions works with. */
export function positionsOf(
  parts: ConsumerParts,
  outage: OutageLog,
  changed: () => void,
): PositionsContext {
  const { cluster, time, logger, settings } = parts.services;
  return {
    ...{ cluster, time, logger, outage, changed },
    groupId: settings.group.groupId,
    reset: settings.offsetReset,
    isolation: settings.fetch.readCommitted ? 1 : 0,
    backoff: settings.client.backoff,
    leadersStale: () => parts.leadersStale(),
  };
}
