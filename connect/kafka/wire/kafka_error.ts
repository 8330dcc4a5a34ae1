/**
 * What can go wrong with a broker, and whether waiting helps.
 *
 * @module
 */

import { ConfigException, ConnectException, RetriableException } from "../../api/exceptions.ts";
import { errorCodes } from "./kafkajs_internals.ts";

/** Error codes that the clients decide on. (`org.apache.kafka.common.protocol.Errors`) */
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

/** An answer of a broker with an error code. */
export class KafkaCodeError extends Error {
  override readonly name = "KafkaCodeError";
  constructor(readonly code: number, readonly action: string) {
    super(`Cannot ${action}: Kafka answered ${codeName(code)}`);
  }
}

/** No answer: the broker is away, refused, broke off, or took too long. */
export class BrokerAwayError extends Error {
  override readonly name = "BrokerAwayError";
}

/** Name of a code, as Kafka writes it. */
export function codeName(code: number): string {
  return errorCodes.find((known) => known.code === code)?.type ?? `error code ${code}`;
}

/** Throws unless the code says that all is well. */
export function failOnCode(code: number, action: string): void {
  if (code !== KafkaCode.none) throw new KafkaCodeError(code, action);
}

const unknownServerError = -1;
// Newer than kafkajs' table, or there without the word retriable.
const alsoRetriable = new Set<number>([
  unknownServerError,
  8,
  KafkaCode.fencedLeaderEpoch,
  KafkaCode.unknownLeaderEpoch,
]);

/** True where trying again can help without anybody doing something. */
export function isOutage(thrown: unknown): boolean {
  if (thrown instanceof BrokerAwayError) return true;
  return thrown instanceof KafkaCodeError && isRetriableCode(thrown.code);
}

/** True for codes that go away by themselves: elections, loading, time-outs. */
export function isRetriableCode(code: number): boolean {
  return alsoRetriable.has(code) || (errorCodes.find((known) => known.code === code)?.retriable ?? false);
}

/** True where the group coordinator has moved or isn't ready. */
export function isCoordinatorCode(code: number): boolean {
  return code === KafkaCode.notCoordinator || code === KafkaCode.coordinatorNotAvailable ||
    code === KafkaCode.coordinatorLoading;
}

/** True where this member is no longer one: its partitions may be somebody else's. */
export function isFencedCode(code: number): boolean {
  return code === KafkaCode.unknownMember || code === KafkaCode.illegalGeneration ||
    code === KafkaCode.fencedInstanceId;
}

/** True where the bytes of a batch aren't those that were written: they may be when they are fetched again. */
export function isCorrupt(thrown: unknown): boolean {
  return thrown instanceof ConnectException && thrown.rule === "corrupt_batch";
}

/** The exception that a caller of the ports gets; an answer of Kafka tells itself what couldn't be done. */
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
