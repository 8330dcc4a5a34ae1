/** Errors of brokers, and whether a retry can help. @module */

import { ConfigException, ConnectException, RetriableException } from "../../api/exceptions.ts";
import { errorCodes } from "./kafkajs_internals.ts";

/** Error codes that clients handle. (`org.apache.kafka.common.protocol.Errors`) */
export const KafkaCode = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  topicAlreadyExists: 36,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  fencedInstanceId: 82,
} as const;

export class KafkaCodeError extends Error {
  override readonly name = "KafkaCodeError";
  constructor(readonly code: number, readonly action: string) {
    super(`Cannot ${action}: Kafka answered ${codeName(code)}`);
  }
}

/** No answer: the broker is unreachable, refused or closed the connection, or took too long. */
export class BrokerAwayError extends Error {
  override readonly name = "BrokerAwayError";
}

/** Returns Kafka's name of a code. */
export function codeName(code: number): string {
  return errorCodes.find((known) => known.code === code)?.type ?? `error code ${code}`;
}

/** Throws KafkaCodeError unless the code is 0. */
export function failOnCode(code: number, action: string): void {
  if (code !== KafkaCode.none) throw new KafkaCodeError(code, action);
}

const unknownServerError = -1;
// Newer than kafkajs' table, or not marked as retriable there.
const alsoRetriable = new Set<number>([
  unknownServerError,
  8,
  KafkaCode.fencedLeaderEpoch,
  KafkaCode.unknownLeaderEpoch,
]);

/** Returns true if a retry can help without an operator's action. */
export function isOutage(thrown: unknown): boolean {
  if (thrown instanceof BrokerAwayError) return true;
  return thrown instanceof KafkaCodeError && isRetriableCode(thrown.code);
}

/** Returns true for codes that pass by themselves: elections, loading, timeouts. */
export function isRetriableCode(code: number): boolean {
  return alsoRetriable.has(code) || (errorCodes.find((known) => known.code === code)?.retriable ?? false);
}

/** Returns true if the group coordinator has moved or isn't ready. */
export function isCoordinatorCode(code: number): boolean {
  return code === KafkaCode.notCoordinator || code === KafkaCode.coordinatorNotAvailable ||
    code === KafkaCode.coordinatorLoading;
}

/** Returns true if this member is out of its group: its partitions may belong to another one. */
export function isFencedCode(code: number): boolean {
  return code === KafkaCode.unknownMember || code === KafkaCode.illegalGeneration ||
    code === KafkaCode.fencedInstanceId;
}

/** Returns true if a batch is corrupt: fetching it again may help. */
export function isCorrupt(thrown: unknown): boolean {
  return thrown instanceof ConnectException && thrown.rule === "corrupt_batch";
}

/** Returns the exception for a caller of the ports; an error code of Kafka already names the action. */
export function connectExceptionOf(thrown: unknown, action: string): ConnectException | ConfigException {
  if (thrown instanceof ConnectException || thrown instanceof ConfigException) return thrown;
  if (thrown instanceof KafkaCodeError) {
    return isRetriableCode(thrown.code)
      ? new RetriableException(thrown.message, { cause: thrown })
      : new ConnectException(thrown.message, { cause: thrown });
  }
  if (thrown instanceof BrokerAwayError) {
    return new RetriableException(`Cannot ${action}: ${thrown.message}`, { cause: thrown });
  }
  return new ConnectException(`Cannot ${action}: unexpected failure`, { cause: thrown });
}
