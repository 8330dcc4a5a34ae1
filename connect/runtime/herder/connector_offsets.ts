import { ConnectException } from "../../api/exceptions.ts";
import type { Admin, Logger, Time } from "../../api/ports.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../../api/record.ts";
import type { Props } from "../../api/sink_task.ts";
import type { SinkConnectorPlugin } from "../../api/plugins.ts";
import { BadRequestException, ConflictException } from "./herder_exceptions.ts";

export interface OffsetsOf {
  readonly name: string;
  readonly groupId: string;
  readonly props: Props;
  readonly plugin: SinkConnectorPlugin;
  readonly admin: Admin;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

type OffsetsChange = "altered" | "reset";

export async function readOffsets(admin: Admin, groupId: string): Promise<OffsetMap> {
  const committed = await admin.groupOffsets(groupId);
  return new PartitionMap([...committed].map(([at, { offset }]) => [at, offset]));
}

/**
 * Changes the sink's own offsets, then Kafka's; null removes an offset. Safe to repeat after an interruption.
 * (KIP-875)
 *
 * @returns Connect's sentence about the change
 * @throws ConflictException if the group has members; BadRequestException before any change for an offset
 * below 0 or an unknown partition
 */
export async function alterOffsets(of: OffsetsOf, offsets: PartitionMap<bigint | null>): Promise<string> {
  const isKnown = await knownPartitions(of.admin, offsets.keys());
  refuseImpossible(of.name, offsets, isKnown);
  await refuseWhileRead(of);
  const ownToo = await alterOwn(of, offsets);
  const kept = new PartitionMap<bigint>();
  for (const [at, offset] of offsets) if (offset !== null) kept.set(at, offset);
  // Kafka has no offset of a deleted partition, and a request for it would time out.
  const removed = offsets.keys().filter((at) => offsets.get(at) === null && isKnown(at));
  await inKafka(of, async () => {
    if (kept.size > 0) await of.admin.alterGroupOffsets(of.groupId, kept);
    if (removed.length > 0) await of.admin.deleteGroupOffsets(of.groupId, removed);
  });
  return sentence("altered", ownToo);
}

export async function resetOffsets(of: OffsetsOf): Promise<string> {
  await refuseWhileRead(of);
  const known = await readOffsets(of.admin, of.groupId);
  const nothing = new PartitionMap<bigint | null>(known.keys().map((at) => [at, null]));
  const ownToo = await alterOwn(of, nothing);
  await inKafka(of, () => of.admin.deleteGroupOffsets(of.groupId));
  return sentence("reset", ownToo);
}

async function knownPartitions(
  admin: Admin,
  partitions: readonly TopicPartition[],
): Promise<(at: TopicPartition) => boolean> {
  const topics = await admin.describeTopics([...new Set(partitions.map(({ topic }) => topic))]);
  return ({ topic, partition }) => topics.get(topic)?.includes(partition) ?? false;
}

function refuseImpossible(
  name: string,
  offsets: PartitionMap<bigint | null>,
  isKnown: (at: TopicPartition) => boolean,
): void {
  for (const [at, offset] of offsets) {
    const where = `partition ${at.partition} of topic ${at.topic}`;
    if (offset !== null && offset < 0n) {
      throw new BadRequestException(
        `Cannot set the offsets of connector ${name}: ${offset} for ${where} is below 0`,
      );
    }
    if (offset !== null && !isKnown(at)) {
      throw new BadRequestException(
        `Cannot set the offsets of connector ${name}: there is no ${where} in Kafka`,
      );
    }
  }
}

async function refuseWhileRead({ name, groupId, admin }: OffsetsOf): Promise<void> {
  const members = await admin.groupMembers(groupId);
  if (members.length === 0) return;
  throw new ConflictException(
    `Cannot change the offsets of connector ${name}: its group ${groupId} has ${members.length} member(s), none is expected`,
  );
}

async function alterOwn(of: OffsetsOf, offsets: PartitionMap<bigint | null>): Promise<boolean> {
  const { plugin, name: connectorName, ...rest } = of;
  return await plugin.alterOffsets?.({ ...rest, connectorName, offsets }) ?? false;
}

async function inKafka({ name }: OffsetsOf, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (cause) {
    throw new ConnectException(`Failed to alter consumer group offsets for connector ${name}`, { cause });
  }
}

/** If `SinkConnector.alterOffsets` returns true, the sink has changed its own offsets. */
function sentence(change: OffsetsChange, ownToo: boolean): string {
  if (ownToo) return `The offsets for this connector have been ${change} successfully`;
  return `The Connect framework-managed offsets for this connector have been ${change} successfully. ` +
    "However, if this connector manages offsets externally, they will need to be manually " +
    `${change} in the system that the connector uses.`;
}
