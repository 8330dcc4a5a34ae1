/** The true state of the simulated world, and the rules that must always hold. @module */

import { partitionKey, PartitionMap, type TopicPartition } from "../../connect/api/record.ts";
import { type Kind, reachesSink } from "./delivery_plan.ts";

/** A rule was broken. */
export class BrokenRule extends Error {}

interface PartitionLedger {
  readonly kinds: Kind[];
  /** How often each offset was written. */
  readonly written: Map<bigint, number>;
  readonly reported: Set<bigint>;
  /** All offsets below are written, filtered or reported. */
  safe: bigint;
}

/** Kinds, rows and dead letters of all partitions. */
export class Ledger {
  readonly #of = new PartitionMap<PartitionLedger>();

  constructor(readonly partitions: readonly TopicPartition[]) {
    for (const at of partitions) {
      this.#of.set(at, { kinds: [], written: new Map(), reported: new Set(), safe: 0n });
    }
  }

  appended(at: TopicPartition, kind: Kind): void {
    this.#at(at).kinds.push(kind);
  }
  repaired(at: TopicPartition, offset: bigint): void {
    this.#at(at).kinds[Number(offset)] = "good";
  }
  kind(at: TopicPartition, offset: bigint): Kind {
    const kind = this.#at(at).kinds[Number(offset)];
    if (kind === undefined) throw new BrokenRule(`${partitionKey(at)} has no record ${offset}`);
    return kind;
  }
  end(at: TopicPartition): bigint {
    return BigInt(this.#at(at).kinds.length);
  }

  wrote(at: TopicPartition, offset: bigint): void {
    const { written } = this.#at(at);
    written.set(offset, (written.get(offset) ?? 0) + 1);
  }
  reported(at: TopicPartition, offset: bigint): void {
    this.#at(at).reported.add(offset);
  }
  timesWritten(at: TopicPartition, offset: bigint): number {
    return this.#at(at).written.get(offset) ?? 0;
  }

  /** The next offset from there on that must reach the sink. */
  nextForSink(at: TopicPartition, from: bigint): bigint {
    const { kinds } = this.#at(at);
    let offset = from;
    while (offset < kinds.length && !reachesSink(this.kind(at, offset))) offset += 1n;
    return offset;
  }

  /** No offset moves past undelivered records: all below were written, filtered or reported. */
  requireSafe(at: TopicPartition, below: bigint, who: string): void {
    const ledger = this.#at(at);
    if (below > this.end(at)) throw new BrokenRule(`${who}: ${partitionKey(at)} has no offset ${below}`);
    for (; ledger.safe < below; ledger.safe += 1n) {
      if (this.#isSafe(ledger, ledger.safe)) continue;
      throw new BrokenRule(
        `${who} moved ${partitionKey(at)} to ${below}, but record ${ledger.safe} (${
          this.kind(at, ledger.safe)
        }) isn't safe`,
      );
    }
  }

  /** Committed = written + filtered + reported, to the last record. */
  requireComplete(committed: (at: TopicPartition) => bigint | undefined): void {
    for (const at of this.partitions) {
      this.requireSafe(at, this.end(at), "the end");
      if (this.end(at) > 0n && committed(at) !== this.end(at)) {
        throw new BrokenRule(`${partitionKey(at)} ends at ${this.end(at)}, committed is ${committed(at)}`);
      }
    }
  }

  #isSafe(ledger: PartitionLedger, offset: bigint): boolean {
    const kind = ledger.kinds[Number(offset)];
    if (kind === "filtered" || ledger.written.has(offset)) return true;
    return kind !== "good" && kind !== "retried" && ledger.reported.has(offset);
  }

  #at(at: TopicPartition): PartitionLedger {
    const ledger = this.#of.get(at);
    if (ledger === undefined) throw new BrokenRule(`${partitionKey(at)} is not of this world`);
    return ledger;
  }
}
