/** The error of a join that the group's protocol doesn't allow. @module */

import { ConnectException } from "../../api/exceptions.ts";
import type { Cluster } from "../wire/cluster.ts";
import { codeName, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import { type DescribedGroup, describeGroups } from "../wire/protocol/groups_api.ts";
import { consumerType, rangeProtocol } from "./subscription_protocol.ts";

const membersShownMax = 5;

/**
 * Returns the error with the group's members and their protocol, as far as Kafka describes them, and the remedy. Never
 * rejects.
 */
export async function inconsistentProtocol(cluster: Cluster, groupId: string): Promise<ConnectException> {
  const group = await describe(cluster, groupId);
  const { inconsistentGroupProtocol: code } = KafkaCode;
  const theirs = group === undefined
    ? "Kafka doesn't describe the group"
    : `the group ${group.protocol || "an unknown one"} of type ${group.protocolType} with ${
      membersText(group)
    }`;
  return new ConnectException(
    `Cannot join group ${groupId}: Kafka answered ${codeName(code)}, Sluice uses the protocol ` +
      `${rangeProtocol} of type ${consumerType} and ${theirs}: ${remedy(group)}`,
    { rule: "inconsistent_group_protocol", cause: new KafkaCodeError(code, `join group ${groupId}`) },
  );
}

/** Returns undefined if the group is gone, of another type, or may not be described. */
async function describe(cluster: Cluster, groupId: string): Promise<DescribedGroup | undefined> {
  try {
    const connection = await cluster.coordinator(groupId, "control");
    const { groups: [group] } = await connection.request(describeGroups, groupId);
    return group === undefined || group.members.length === 0 ? undefined : group;
  } catch {
    return undefined; // the failed join is reported either way
  }
}

function membersText({ members }: DescribedGroup): string {
  const more = members.length - membersShownMax;
  const shown = members.slice(0, membersShownMax).map(({ clientId, host }) => `${clientId} at ${host}`);
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function remedy(group: DescribedGroup | undefined): string {
  if (group !== undefined && group.protocolType !== consumerType) {
    return "it isn't a group of consumers, set consumer.override.group.id to another group";
  }
  return "set partition.assignment.strategy of that consumer to " +
    "org.apache.kafka.clients.consumer.RangeAssignor, or stop it and restart the task";
}
