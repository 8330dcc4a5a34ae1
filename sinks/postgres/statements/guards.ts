/**
 * The conditions under which a row gives way to what comes, as SQL.
 *
 * They stand in the statements' own WHERE, where the row is locked: events, erasures and commands of other
 * sessions are ordered by that lock. They read times, positions and columns with a time of their own, and never
 * another value: a writer needs no right to read names. `r` is the row that stands, `n` what comes.
 *
 * @module
 */

import type { RowGuard } from "../../sql/dialect.ts";
import { quoteIdentifier } from "../identifier.ts";

const r = (column: string): string => `r.${quoteIdentifier(column)}`;

/** Makes the conditions of one table. */
export class Guards {
  readonly #guard: RowGuard;
  readonly #incoming: string;

  /** @param incoming what the new row is called: `excluded`, or an alias */
  constructor(guard: RowGuard, incoming: string) {
    this.#guard = guard;
    this.#incoming = incoming;
  }

  /** What comes is newer: a later event time, or the same one and behind it in the same partition. */
  newer(): string {
    const { time } = this.#guard;
    const later = `${r(time)} is null or ${this.#n(time)} > ${r(time)}`;
    return `(${later}${this.#orTie(`${this.#n(time)} = ${r(time)}`)})`;
  }

  /** The row takes events at all: neither objection nor erasure stands against it. */
  open(): string {
    const { erasure, time } = this.#guard;
    if (erasure === null) return "true";
    const { erasedAt, registeredAt, objectedAt } = erasure;
    const since = `${r(registeredAt)} > ${r(erasedAt)}`;
    const lifts = erasure.liftedByRegistration
      ? ` or (${this.#n(registeredAt)} > ${r(erasedAt)} and ${this.#notBefore()})`
      : "";
    return `(${r(objectedAt)} is null and (${r(erasedAt)} is null or (${this.#n(time)} > ${
      r(erasedAt)
    } and (${since}${lifts}))))`;
  }

  /**
   * A column with a time of its own gives way: unknown never erases what is known. A tie is told only where
   * the row's position is that of the value.
   */
  ownNewer(column: string, timeColumn: string): string {
    const { erasure, time } = this.#guard;
    const [old, fresh] = [r(timeColumn), this.#n(timeColumn)];
    const later = `${old} is null or ${fresh} > ${old}`;
    const tie = this.#orTie(`${fresh} = ${old} and ${old} = ${r(time)}`);
    const unerased = erasure === null
      ? ""
      : ` and (${r(erasure.erasedAt)} is null or ${fresh} > ${r(erasure.erasedAt)})`;
    return `(${this.#n(column)} is not null and (${later}${tie})${unerased})`;
  }

  /** The erasure that comes is later than the one known. */
  erasesLater(): string {
    const { erasedAt } = this.#erasure();
    return `(${r(erasedAt)} is null or ${this.#n(erasedAt)} > ${r(erasedAt)})`;
  }

  /** The person registered after the erasure that comes, so the row keeps what it has since. */
  stays(): string {
    const { erasedAt, registeredAt, liftedByRegistration } = this.#erasure();
    if (!liftedByRegistration) return "false";
    const since = `${r(registeredAt)} > ${this.#n(erasedAt)}`;
    const { position, time } = this.#guard;
    if (position === null) return `(${since})`;
    const [, , offset] = position;
    // A clock may be wrong; within one partition the order is known.
    const inFront = `${this.#samePartition()} and ${r(registeredAt)} = ${r(time)} and ${r(offset)} < ${
      this.#n(offset)
    }`;
    return `(${since} and (${inFront}) is not true)`;
  }

  #n(column: string): string {
    return `${this.#incoming}.${quoteIdentifier(column)}`;
  }

  #erasure(): NonNullable<RowGuard["erasure"]> {
    if (this.#guard.erasure === null) throw new Error("Cannot guard an erasure: no columns for it");
    return this.#guard.erasure;
  }

  #samePartition(): string {
    const { position } = this.#guard;
    if (position === null) return "false";
    const [topic, partition] = position;
    return `${r(topic)} = ${this.#n(topic)} and ${r(partition)} = ${this.#n(partition)}`;
  }

  /** Positions of different partitions are never compared. */
  #orTie(sameTime: string): string {
    const { position } = this.#guard;
    if (position === null) return "";
    const [, , offset] = position;
    return ` or (${sameTime} and ${this.#samePartition()} and ${this.#n(offset)} > ${r(offset)})`;
  }

  /** Where both are of one partition, the registration is behind the tombstone. */
  #notBefore(): string {
    const { position } = this.#guard;
    if (position === null) return "true";
    const [, , offset] = position;
    return `(${this.#samePartition()} and ${this.#n(offset)} <= ${r(offset)}) is not true`;
  }
}
