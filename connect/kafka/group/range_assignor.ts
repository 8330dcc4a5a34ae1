/**
 * Hands out partitions in ranges, topic by topic, to the same members in the same order: topics with equal
 * partition counts and equal subscribers meet partition by partition in one member.
 * (`org.apache.kafka.clients.consumer.RangeAssignor`, without racks)
 *
 * @module
 */

import type { TopicPartition } from "../../api/record.ts";

/** A member and the topics it wants. */
interface SubscribedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
}

/**
 * Assigns every partition of every wanted topic to one of the members that want it.
 *
 * @param partitionCounts how many partitions each topic has; a topic that isn't there is left out
 * @returns partitions by member id; members that get none have an empty list
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

/** Static members first, by their own ids, then the others: as `AbstractPartitionAssignor.MemberInfo`. */
function compareMembers(a: SubscribedMember, b: SubscribedMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/** By UTF-16 code units, as Java's `String.compareTo`. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
