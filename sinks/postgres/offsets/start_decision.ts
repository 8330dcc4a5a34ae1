/**
 * Decides where a partition resumes: at the database's offset, at Kafka's, or not before the operator has chosen.
 *
 * Sluice's offsets are stored beside the rows and Kafka's follow them, so Kafka's may be behind at any time. If they
 * are ahead there is a cause, and the mark in the group's metadata tells which. Kafka's own client would silently reset
 * an offset that is out of range; here that stops the task.
 *
 * @module
 */

import { type LogBounds } from "../../../connect/api/ports.ts";
import { partitionKey, type TopicPartition } from "../../../connect/api/record.ts";

/** What is known about a partition before its first record. */
export interface StartFacts {
  readonly connector: string;
  readonly at: TopicPartition;
  /** The database's row; its offset is null if an owner claimed the partition and hasn't written. */
  readonly stored: { readonly nextOffset: bigint | null; readonly lastTimestamp: number | null } | undefined;
  /** The group's committed offset; `ours` if its metadata has Sluice's mark. */
  readonly group: { readonly offset: bigint; readonly ours: boolean } | undefined;
  readonly log: LogBounds;
  /**
   * Timestamp of the record at `stored.nextOffset - 1` as the log has it now; null if it isn't there or wasn't read.
   */
  readonly timestampBefore: number | null;
  /** Where a partition without any offset begins. */
  readonly reset: "earliest" | "latest";
}

/**
 * Where to begin, or why not to. `refuse`: the operator must choose, the message lists the commands. `fail`: records
 * are gone. Both stop the task.
 */
type StartDecision =
  | { readonly from: bigint; readonly because: "database" | "group" | "reset" }
  | { readonly refuse: string }
  | { readonly fail: string };

/**
 * Decides where a partition begins.
 *
 * @example
 * ```ts
 * import { decideStart } from "./start_decision.ts";
 * const decision = decideStart({
 *   connector: "telesales",
 *   at: { topic: "customers", partition: 0 },
 *   stored: { nextOffset: 100n, lastTimestamp: null },
 *   group: { offset: 80n, ours: true },
 *   log: { start: 0n, end: 500n },
 *   timestampBefore: null,
 *   reset: "earliest",
 * });
 * if (!("from" in decision) || decision.from !== 100n) throw new Error("the database's offset is the true one");
 * ```
 */
export function decideStart(facts: StartFacts): StartDecision {
  const next = facts.stored?.nextOffset ?? null;
  return next === null ? decideWithoutRow(facts) : decideWithRow(facts, next);
}

/**
 * Returns the error text if retention has deleted records that a running task hasn't read; undefined otherwise.
 *
 * @example
 * ```ts
 * import { passedByRetention } from "./start_decision.ts";
 * const at = { topic: "customers", partition: 0 };
 * if (passedByRetention("telesales", at, 10n, 10n) !== undefined) throw new Error("nothing is lost yet");
 * if (!passedByRetention("telesales", at, 10n, 13n)?.includes("3 records")) throw new Error("three are");
 * ```
 */
export function passedByRetention(
  connector: string,
  at: TopicPartition,
  position: bigint,
  logStart: bigint,
): string | undefined {
  if (logStart <= position) return undefined;
  return `${cannot(connector, at)}: ${countOf(logStart - position)} lost by retention, ` +
    `the next offset is ${position} and the log starts at ${logStart}; ${goOn(connector, at, logStart)}`;
}

function decideWithRow(facts: StartFacts, next: bigint): StartDecision {
  const { connector, at, group, log } = facts;
  if (next <= log.end && group !== undefined && group.offset > next && !group.ours) {
    return {
      refuse:
        `${cannot(connector, at)}: Kafka's group is at offset ${group.offset} and the database at ${next}, ` +
        `so the group was moved from outside (exactly once was off, or another consumer); choose one: ` +
        `${setCommand(connector, at, next)} or ${setCommand(connector, at, group.offset)}`,
    };
  }
  const outside = outsideLog(facts, next);
  if (outside !== undefined) return { fail: outside };
  if (timestampsDiffer(facts)) {
    const why = `the record at offset ${next - 1n} has another timestamp than the one that was written`;
    return { fail: recreated(facts, why) };
  }
  return { from: next, because: "database" };
}

function decideWithoutRow(facts: StartFacts): StartDecision {
  const { connector, at, group, log } = facts;
  if (group === undefined) return { from: facts.reset === "latest" ? log.end : log.start, because: "reset" };
  if (group.ours) {
    // Sluice writes the row before it commits to Kafka, so this is another database, or it has lost the row since.
    return {
      refuse: `${cannot(connector, at)}: Kafka's group is at offset ${group.offset}, committed by Sluice, ` +
        `and the database has no offset (it was restored or replaced); choose one: ` +
        `deno task offsets reset --connector ${connector} to copy everything again, ` +
        `or ${setCommand(connector, at, group.offset)}`,
    };
  }
  const outside = outsideLog(facts, group.offset);
  return outside === undefined ? { from: group.offset, because: "group" } : { fail: outside };
}

function outsideLog(facts: StartFacts, next: bigint): string | undefined {
  if (next > facts.log.end) {
    return recreated(facts, `the next offset is ${next} and the log ends at ${facts.log.end}`);
  }
  return passedByRetention(facts.connector, facts.at, next, facts.log.start);
}

function timestampsDiffer({ stored, timestampBefore }: StartFacts): boolean {
  const written = stored?.lastTimestamp ?? null;
  return written !== null && timestampBefore !== null && written !== timestampBefore;
}

function recreated({ connector, at, log }: StartFacts, why: string): string {
  return `${cannot(connector, at)}: topic was recreated, ${why}; ${goOn(connector, at, log.start)}`;
}

function goOn(connector: string, at: TopicPartition, offset: bigint): string {
  return `to go on from the log's start: ${setCommand(connector, at, offset)}`;
}

/** The command that sets one partition's offset, for messages. */
function setCommand(connector: string, at: TopicPartition, offset: bigint): string {
  return `deno task offsets set --connector ${connector} ${at.topic}:${at.partition}=${offset}`;
}

function cannot(connector: string, at: TopicPartition): string {
  return `Cannot start ${connector} at ${partitionKey(at)}`;
}

function countOf(records: bigint): string {
  return records === 1n ? "1 record" : `${records} records`;
}
