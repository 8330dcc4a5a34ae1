/**
 * Who this consumer is in its group right now, and how sure that is.
 *
 * @module
 */

import type { Time } from "../../api/ports.ts";
import type { GroupSettings } from "../consumer_settings.ts";
import type { MemberIdentity } from "../wire/protocol/group_api.ts";

const noGeneration = -1;

/** Identity and signs of life of one member; changed by joining, heartbeats and commits. */
export class Member {
  readonly settings: GroupSettings;
  readonly #time: Time;
  #memberId = "";
  #generation = noGeneration;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  readonly #madeAt: number;

  constructor(settings: GroupSettings, time: Time) {
    this.settings = settings;
    this.#time = time;
    this.#madeAt = time.monotonic();
  }

  /** Milliseconds since the coordinator last confirmed us, or since there is this consumer. */
  get silentMs(): number {
    return this.#time.monotonic() - Math.max(this.#confirmedAt, this.#madeAt);
  }

  get identity(): MemberIdentity {
    const { groupId, instanceId } = this.settings;
    return { groupId, instanceId, memberId: this.#memberId, generation: this.#generation };
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** True from a completed join until the membership is lost. */
  get joined(): boolean {
    return this.#generation !== noGeneration;
  }

  /**
   * True while the coordinator can't have given our partitions away: it has heard of us within the session
   * timeout. A process that was stopped, or whose event loop was blocked, sees here that it may be too late.
   */
  get confirmed(): boolean {
    return this.joined && this.#time.monotonic() - this.#confirmedAt < this.settings.sessionTimeoutMs;
  }

  /** The coordinator knows us by this name; not a member yet. */
  named(memberId: string): void {
    this.#memberId = memberId;
  }

  joinedAs(memberId: string, generation: number): void {
    this.#memberId = memberId;
    this.#generation = generation;
  }

  /** The coordinator answered well to something sent at `sentAt`. */
  confirm(sentAt: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, sentAt);
  }

  /** The generation is over for us, the name may still be good. */
  dropGeneration(): void {
    this.#generation = noGeneration;
  }

  /** The coordinator doesn't know us any more. */
  forget(): void {
    this.#memberId = "";
    this.#generation = noGeneration;
  }
}
