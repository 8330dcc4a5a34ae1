/** Java's consumer properties that have a meaning in Sluice. @module */

import { ConfigException } from "../api/exceptions.ts";
import type { ConsumerOptions, Logger, RecordLimits, Time } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import type { LargeBatches } from "./batches/large_batches.ts";
import { type ClientOptions, clientOptions } from "./wire/client_options.ts";
import type { Cluster } from "./wire/cluster.ts";
import type { FramePool } from "./wire/frame_pool.ts";
import { Settings } from "./wire/settings.ts";
import { rangeProtocol } from "./group/subscription_protocol.ts";

export interface GroupSettings {
  readonly groupId: string;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Longest time between two polls, and for a member to rejoin. */
  readonly maxPollIntervalMs: number;
}

export interface FetchSettings {
  readonly bytesMin: number;
  readonly waitMsMax: number;
  readonly bytesMax: number;
  readonly partitionBytesMax: number;
  /** Limit of bytes fetched but not returned, over all partitions. */
  readonly bufferedBytesMax: number;
  readonly readCommitted: boolean;
  readonly checkCrcs: boolean;
  /** Limits of a record; a larger one is returned as bad. Absent = a connector's defaults. */
  readonly limits?: RecordLimits;
}

type OffsetReset = "earliest" | "latest" | "none";

/** All settings of a consumer. (`org.apache.kafka.clients.consumer.ConsumerConfig`) */
export interface ConsumerSettings {
  readonly client: ClientOptions;
  readonly group: GroupSettings;
  readonly fetch: FetchSettings;
  readonly offsetReset: OffsetReset;
  readonly pollRecordsMax: number;
  readonly autoCreateTopics: boolean;
}

export interface ConsumerServices {
  readonly settings: ConsumerSettings;
  readonly cluster: Cluster;
  /** Memory for fetched records. */
  readonly frames: FramePool;
  readonly largeBatches: LargeBatches;
  readonly time: Time;
  readonly logger: Logger;
}

// Connect's worker and the runtime set these themselves; setting them has no effect.
const knownWithoutEffect = new Set([
  "key.deserializer",
  "value.deserializer",
  "enable.auto.commit",
  "group.id",
]);

/** Parses a consumer's properties; warns of those without an effect. */
export function consumerSettings(base: Props, options: ConsumerOptions, logger: Logger): ConsumerSettings {
  const settings = new Settings({ ...base, ...options.overrides });
  const read: ConsumerSettings = {
    client: clientOptions(settings, options.clientId),
    group: groupSettings(settings, options.groupId),
    fetch: { ...fetchSettings(settings), ...limitsOf(options) },
    offsetReset: settings.choice("auto.offset.reset", "earliest", ["earliest", "latest", "none"]),
    pollRecordsMax: settings.integer("max.poll.records", 500, 1),
    autoCreateTopics: settings.boolean("allow.auto.create.topics", false),
  };
  refuseOtherAssignors(settings);
  refuseOtherGroupProtocols(settings);
  warnOfUnread(settings, logger, "consumer");
  return read;
}

/** Warns of properties without an effect. */
export function warnOfUnread(settings: Settings, logger: Logger, client: string): void {
  const names = settings.unread().filter((name) => !knownWithoutEffect.has(name));
  if (names.length === 0) return;
  logger.warn(`These ${client} properties have no effect in Sluice: ${names.toSorted().join(", ")}`);
}

/** A member learns of a rebalance by its next heartbeat: with Java's 3 s a group takes up to that long to rebalance. */
const heartbeatMs = 1_000;

function groupSettings(settings: Settings, groupId: string): GroupSettings {
  const instanceId = settings.text("group.instance.id", "");
  const group: GroupSettings = {
    groupId,
    instanceId: instanceId === "" ? null : instanceId,
    sessionTimeoutMs: settings.integer("session.timeout.ms", 45_000, 1),
    heartbeatIntervalMs: settings.integer("heartbeat.interval.ms", heartbeatMs, 1),
    maxPollIntervalMs: settings.integer("max.poll.interval.ms", 300_000, 1),
  };
  if (group.heartbeatIntervalMs >= group.sessionTimeoutMs) {
    throw new ConfigException(
      `Heartbeat must be set lower than the session timeout: heartbeat.interval.ms is ` +
        `${group.heartbeatIntervalMs}, session.timeout.ms ${group.sessionTimeoutMs}`,
    );
  }
  return group;
}

function fetchSettings(settings: Settings): FetchSettings {
  return {
    bytesMin: settings.integer("fetch.min.bytes", 1),
    waitMsMax: settings.integer("fetch.max.wait.ms", 500),
    bytesMax: settings.integer("fetch.max.bytes", 50 * 1024 * 1024, 1),
    partitionBytesMax: settings.integer("max.partition.fetch.bytes", 1024 * 1024, 1),
    bufferedBytesMax: settings.integer("sluice.fetch.buffer.bytes", 2 * 1024 * 1024, 1),
    readCommitted:
      settings.choice("isolation.level", "read_uncommitted", ["read_uncommitted", "read_committed"]) ===
        "read_committed",
    checkCrcs: settings.boolean("check.crcs", true),
  };
}

function limitsOf({ recordLimits }: ConsumerOptions): Pick<FetchSettings, "limits"> {
  return recordLimits === undefined ? {} : { limits: recordLimits };
}

function refuseOtherGroupProtocols(settings: Settings): void {
  const protocol = settings.text("group.protocol", "classic").trim();
  if (protocol.toLowerCase() === "consumer") {
    throw new ConfigException(
      `Invalid value ${protocol} for configuration group.protocol: Sluice takes part in groups by the classic ` +
        "protocol: set group.protocol=classic, or leave it out",
    );
  }
  settings.choice("group.protocol", "classic", ["classic"]);
}

function refuseOtherAssignors(settings: Settings): void {
  const strategies = settings.text("partition.assignment.strategy", rangeProtocol);
  if (/range/i.test(strategies)) return;
  throw new ConfigException(
    `Invalid value ${strategies} for configuration partition.assignment.strategy: expected the range assignor; set ` +
      "org.apache.kafka.clients.consumer.RangeAssignor, or leave it out",
  );
}
