/** The consumer's identity in its group, and when the coordinator last confirmed it. @module */

import type { Time } from "../../api/ports.ts";
import type { GroupSettings } from "../consumer_settings.ts";
import type { MemberIdentity } from "../wire/protocol/group_api.ts";

const noGeneration = -1;

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

  /** Milliseconds since the coordinator last confirmed the member, or since the consumer was created. */
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
   * True while the coordinator can't have reassigned the partitions: it confirmed the member within the session
   * timeout. After the process was stopped or its event loop blocked, this shows that it may be too late.
   */
  get confirmed(): boolean {
    return this.joined && this.#time.monotonic() - this.#confirmedAt < this.settings.sessionTimeoutMs;
  }

  /** Stores the id that the coordinator assigned; the member hasn't joined yet. */
  named(memberId: string): void {
    this.#memberId = memberId;
  }

  joinedAs(memberId: string, generation: number): void {
    this.#memberId = memberId;
    this.#generation = generation;
  }

  /** Records a good answer to a request sent at `sentAt`. */
  confirm(sentAt: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, sentAt);
  }

  /** Ends the generation; the member id may still be valid. */
  dropGeneration(): void {
    this.#generation = noGeneration;
  }

  /** Forgets the member id. */
  forget(): void {
    this.#memberId = "";
    this.#generation = noGeneration;
  }
}
