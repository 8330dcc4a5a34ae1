/** Manages topics and groups. @module */

import { ConnectException, RetriableException } from "../api/exceptions.ts";
import type { Admin, CommittedOffset, GroupMember, Isolation, LogBounds, Time } from "../api/ports.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../api/record.ts";
import type { ClientOptions } from "./wire/client_options.ts";
import type { Cluster } from "./wire/cluster.ts";
import { atCoordinator, commitOnce, fetchCommitted, outsider } from "./group/group_offsets.ts";
import { BrokerAwayError, codeName, failOnCode, isCoordinatorCode, KafkaCode } from "./wire/kafka_error.ts";
import { fetchLogEnds } from "./fetch/log_ends.ts";
import { byTopic } from "./wire/protocol/api.ts";
import { deleteGroups, type DescribedGroup, describeGroups } from "./wire/protocol/groups_api.ts";
import { logEnds, offsetDelete } from "./wire/protocol/offsets_api.ts";
import { createTopics } from "./wire/protocol/topics_api.ts";
import { fetchTimestamps } from "./batches/record_timestamps.ts";
import { untilDeadline } from "./wire/retrying.ts";

interface AdminServices {
  readonly cluster: Cluster;
  readonly time: Time;
  readonly options: ClientOptions;
  /** Limit of each operation with all its retries. */
  readonly timeoutMs: number;
}

export class KafkaAdmin implements Admin {
  readonly #services: AdminServices;

  constructor(services: AdminServices) {
    this.#services = services;
  }

  async clusterId(): Promise<string> {
    const { cluster } = this.#services;
    return await this.#attempt("ask for the cluster's id", async () => (await cluster.refresh([])).clusterId);
  }

  async describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
    if (topics.length === 0) return new Map();
    const { cluster } = this.#services;
    return await this.#attempt(`describe topics ${topics.join(", ")}`, async () => {
      const answer = await cluster.refresh(topics);
      const found = answer.topics.filter(({ code }) => code !== KafkaCode.unknownTopicOrPartition);
      for (const { topic, code } of found) failOnCode(code, `describe topic ${topic}`);
      return new Map(
        found.map(({ topic, partitions }) => [
          topic,
          partitions.map((p) => p.partition).toSorted((a, b) => a - b),
        ]),
      );
    });
  }

  async listTopics(): Promise<readonly string[]> {
    const { cluster } = this.#services;
    return await this.#attempt("list topics", async () => {
      const { topics } = await cluster.refresh(null);
      return topics.filter(({ internal }) => !internal).map(({ topic }) => topic).toSorted();
    });
  }

  async createTopic(
    topic: string,
    partitions: number,
    replicationFactor: number,
    timeoutMs = this.#services.timeoutMs,
  ): Promise<void> {
    const { cluster, options } = this.#services;
    const request = { topic, partitions, replicationFactor, timeoutMs: options.requestTimeoutMs };
    await this.#attempt(`create topic ${topic}`, async () => {
      const controller = await cluster.controller();
      const answer = await controller.request(createTopics, request);
      for (const { code, text } of answer.topics) {
        if (code === KafkaCode.topicAlreadyExists || code === KafkaCode.none) continue;
        if (code === invalidReplicationFactor || code === invalidPartitions) {
          throw new ConnectException(
            `Cannot create topic ${topic}: Kafka answered ${codeName(code)}, ${text}`,
          );
        }
        failOnCode(code, `create topic ${topic}`);
      }
    }, timeoutMs);
  }

  async logBounds(
    partitions: readonly TopicPartition[],
    isolation: Isolation = "read_uncommitted",
  ): Promise<PartitionMap<LogBounds>> {
    const { cluster } = this.#services;
    const bounds = new PartitionMap<LogBounds>();
    if (partitions.length === 0) return bounds;
    await this.#attempt("read where logs begin and end", async () => {
      await cluster.refresh([...new Set(partitions.map(({ topic }) => topic))]);
      const starts = await fetchLogEnds(cluster, partitions, { timestamp: logEnds.earliest, isolation: 0 });
      const ends = await fetchLogEnds(cluster, partitions, {
        timestamp: logEnds.latest,
        isolation: isolation === "read_committed" ? 1 : 0,
      });
      for (const [at, start] of starts) bounds.set(at, { start, end: ends.get(at) ?? start });
    });
    return bounds;
  }

  async recordTimestamps(places: OffsetMap): Promise<PartitionMap<number>> {
    const { cluster } = this.#services;
    if (places.size === 0) return new PartitionMap();
    return await this.#attempt("read the timestamps of records", async () => {
      await cluster.refresh([...new Set(places.keys().map(({ topic }) => topic))]);
      return await fetchTimestamps(cluster, places);
    });
  }

  async groupMembers(groupId: string): Promise<readonly GroupMember[]> {
    const { members } = await this.#describe(groupId, `describe group ${groupId}`);
    return members.map(({ memberId, clientId, host }) => ({ memberId, clientId, host }));
  }

  async groupOffsets(groupId: string): Promise<PartitionMap<CommittedOffset>> {
    const { cluster } = this.#services;
    return await this.#attempt(
      `read the offsets of group ${groupId}`,
      () => fetchCommitted(cluster, groupId, null),
    );
  }

  async alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void> {
    if (offsets.size === 0) return;
    const { cluster } = this.#services;
    const committed = new PartitionMap(
      [...offsets].map(([at, offset]) => [at, { offset, metadata: "" }] as const),
    );
    await this.#refuseMembers(groupId);
    await this.#attempt(
      `set the offsets of group ${groupId}`,
      () => commitOnce(cluster, outsider(groupId), committed),
    );
  }

  async deleteGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<void> {
    const action = `delete offsets of group ${groupId}`;
    await this.#refuseMembers(groupId);
    await this.#atCoordinator(groupId, action, async (connection) => {
      if (partitions === undefined) {
        const { groups } = await connection.request(deleteGroups, groupId);
        for (const { code } of groups) {
          if (code !== KafkaCode.groupIdNotFound) this.#failOnGroupCode(groupId, code, action);
        }
        return;
      }
      const topics = byTopic(partitions).map(({ topic, partitions: of }) => ({
        topic,
        partitions: of.map((p) => p.partition),
      }));
      const answer = await connection.request(offsetDelete, { groupId, topics });
      if (answer.code !== KafkaCode.groupIdNotFound) this.#failOnGroupCode(groupId, answer.code, action);
      for (const { code } of answer.topics.flatMap((topic) => topic.partitions)) failOnCode(code, action);
    });
  }

  close(): Promise<void> {
    this.#services.cluster.close();
    return Promise.resolve();
  }

  /**
   * Members would overwrite the offsets. After its last member leaves, a group still rebalances for a moment and
   * accepts no offsets from outside.
   */
  async #refuseMembers(groupId: string): Promise<void> {
    const action = `change the offsets of group ${groupId}`;
    const { members } = await this.#describe(groupId, action, ({ state, members }) => {
      // Retried like an unreachable broker.
      if (members.length === 0 && /Rebalance$/.test(state)) {
        throw new BrokerAwayError("the group is rebalancing");
      }
    });
    if (members.length === 0) return;
    throw new RetriableException(
      `Cannot ${action}: it has ${members.length} members, expected none`,
      { rule: "group_has_members" },
    );
  }

  /** @param accept throws BrokerAwayError to have the request retried */
  async #describe(
    groupId: string,
    action: string,
    accept: (group: DescribedGroup) => void = () => {},
  ): Promise<Pick<DescribedGroup, "members">> {
    return await this.#atCoordinator(groupId, action, async (connection) => {
      const { groups } = await connection.request(describeGroups, groupId);
      const [group] = groups;
      if (group === undefined || group.code === KafkaCode.groupIdNotFound) return { members: [] };
      this.#failOnGroupCode(groupId, group.code, action);
      accept(group);
      return group;
    });
  }

  #failOnGroupCode(groupId: string, code: number, action: string): void {
    if (isCoordinatorCode(code)) this.#services.cluster.forgetCoordinator(groupId);
    failOnCode(code, action);
  }

  async #atCoordinator<T>(
    groupId: string,
    action: string,
    ask: Parameters<typeof atCoordinator<T>>[2],
  ): Promise<T> {
    return await this.#attempt(action, () => atCoordinator(this.#services.cluster, groupId, ask));
  }

  async #attempt<T>(
    action: string,
    attempt: () => Promise<T>,
    timeoutMs = this.#services.timeoutMs,
  ): Promise<T> {
    const { time, options } = this.#services;
    return await untilDeadline({ time, timeoutMs, backoff: options.backoff, action }, attempt);
  }
}

const invalidPartitions = 37;
const invalidReplicationFactor = 38;
