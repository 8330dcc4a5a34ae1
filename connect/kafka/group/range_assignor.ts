/**
 * Assigns partitions in ranges, topic by topic, to the members in the same order: partitions of the same number go to
 * one member if topics have equal partition counts and subscribers. (`org.apache.kafka.clients.consumer.RangeAssignor`,
 * without racks) @module
 */

import type { TopicPartition } from "../../api/record.ts";

interface SubscribedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
}

/**
 * Assigns every partition of every subscribed topic to one of its subscribers.
 *
 * @param partitionCounts partitions by topic; missing topics are left out
 * @returns partitions by member id; an empty list for members without any
 */
export function assignRanges(
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const assignment = new Map(members.map(({ memberId }) => [memberId, [] as TopicPartition[]]));
  const sorted = members.toSorted(compareMembers);
  for (const [topic, count] of partitionCounts) {
    const wanting = sorted.filter(({ topics }) => topics.includes(topic));
    let next = 0;
    wanting.forEach(({ memberId }, index) => {
      const one = count % wanting.length > index ? 1 : 0;
      const end = next + Math.floor(count / wanting.length) + one;
      for (; next < end; next++) assignment.get(memberId)?.push({ topic, partition: next });
    });
  }
  return assignment;
}

/** Static members first, by instance id, then the others. (`AbstractPartitionAssignor.MemberInfo`) */
function compareMembers(a: SubscribedMember, b: SubscribedMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/** Compares UTF-16 code units. (`String.compareTo` of Java) */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
