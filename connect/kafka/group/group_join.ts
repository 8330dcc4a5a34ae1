/** One rebalance of a member: join, assign partitions if it leads the group, sync. @module */

import type { Time } from "../../api/ports.ts";
import type { TopicPartition } from "../../api/record.ts";
import type { Cluster } from "../wire/cluster.ts";
import { inconsistentProtocol } from "./inconsistent_protocol.ts";
import { failOnCode, isFencedCode, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import type { Member } from "./member.ts";
import { joinGroup, type JoinGroupResponse, syncGroup } from "../wire/protocol/group_api.ts";
import { assignRanges } from "./range_assignor.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  rangeProtocol,
} from "./subscription_protocol.ts";

/** Partition counts by topic, of the topics that the group's leader assigned. */
export type GroupTopics = ReadonlyMap<string, number>;

export interface Joined {
  readonly assignment: readonly TopicPartition[];
  /** The topics of all members, for the leader to watch; undefined for other members. */
  readonly ledTopics: GroupTopics | undefined;
}

interface JoinContext {
  readonly cluster: Cluster;
  readonly member: Member;
  readonly time: Time;
  /** Topics this member subscribes to. */
  readonly topics: readonly string[];
  /** Returns partition counts of topics; topics that don't exist are left out. */
  readonly partitionCounts: (topics: readonly string[]) => Promise<GroupTopics>;
}

// Added to the rebalance timeout, after which the coordinator answers at the latest.
const joinGraceMs = 5_000;

/** Joins; undefined if the coordinator asks for another join at once. */
export async function joinOnce(context: JoinContext): Promise<Joined | undefined> {
  const answer = await join(context);
  if (answer === undefined) return undefined;
  const { member } = context;
  const leads = answer.leaderId === answer.memberId;
  const ledTopics = leads ? await countPartitions(context, wantedByGroup(answer)) : undefined;
  const assignments = ledTopics === undefined ? [] : assignAll(answer, ledTopics);

  const sentAt = context.time.monotonic();
  const connection = await context.cluster.coordinator(member.settings.groupId);
  const identity = { ...member.identity, memberId: answer.memberId, generation: answer.generation };
  const timeoutMs = member.settings.maxPollIntervalMs + joinGraceMs;
  const synced = await connection.request(syncGroup, { ...identity, assignments }, timeoutMs);
  if (synced.code === KafkaCode.rebalanceInProgress) return undefined;
  if (isFencedCode(synced.code)) return renamed(context, synced.code);
  failOnCode(synced.code, `join group ${member.settings.groupId}`);
  member.joinedAs(answer.memberId, answer.generation);
  member.confirm(sentAt);
  return { assignment: decodeAssignment(synced.assignment), ledTopics };
}

async function join(context: JoinContext): Promise<JoinGroupResponse | undefined> {
  const { cluster, member, topics } = context;
  const { groupId, instanceId, sessionTimeoutMs, maxPollIntervalMs } = member.settings;
  const connection = await cluster.coordinator(groupId);
  const answer = await connection.request(joinGroup, {
    groupId,
    instanceId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: maxPollIntervalMs,
    memberId: member.memberId,
    protocols: [{ name: rangeProtocol, metadata: encodeSubscription(topics) }],
  }, maxPollIntervalMs + joinGraceMs);
  if (answer.code === KafkaCode.memberIdRequired) {
    member.named(answer.memberId);
    return undefined;
  }
  if (answer.code === KafkaCode.rebalanceInProgress) return undefined;
  if (answer.code === KafkaCode.inconsistentGroupProtocol) throw await inconsistentProtocol(cluster, groupId);
  if (isFencedCode(answer.code)) return renamed(context, answer.code);
  failOnCode(answer.code, `join group ${groupId}`);
  member.named(answer.memberId);
  return answer;
}

/** Forgets a member id that the coordinator doesn't know; throws if another member has the instance id. */
function renamed({ member }: JoinContext, code: number): undefined {
  if (code === KafkaCode.fencedInstanceId) {
    throw new KafkaCodeError(
      code,
      `join group ${member.settings.groupId} as instance ${member.settings.instanceId}`,
    );
  }
  if (code === KafkaCode.unknownMember) member.forget();
  return undefined;
}

/** Counts 0 for missing topics, so that the leader notices their creation. */
async function countPartitions(context: JoinContext, topics: readonly string[]): Promise<GroupTopics> {
  const counts = await context.partitionCounts(topics);
  return new Map(topics.map((topic) => [topic, counts.get(topic) ?? 0]));
}

function wantedByGroup({ members }: JoinGroupResponse): readonly string[] {
  return [...new Set(members.flatMap(({ metadata }) => decodeSubscription(metadata)))];
}

function assignAll({ members }: JoinGroupResponse, counts: GroupTopics) {
  const subscribed = members.map(({ memberId, instanceId, metadata }) => ({
    memberId,
    instanceId,
    topics: decodeSubscription(metadata),
  }));
  return [...assignRanges(subscribed, counts)].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment(partitions),
  }));
}
