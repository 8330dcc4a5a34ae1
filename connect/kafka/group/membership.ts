/**
 * Membership in a consumer group: joins in the background, sends heartbeats, and tells `poll` what to do.
 *
 * Everything that touches partitions happens inside `poll`, in this order: `revoked` is awaited while heartbeats
 * continue, so that offsets can still be committed; only then the member rejoins.
 * (`org.apache.kafka.clients.consumer.internals.AbstractCoordinator`, classic group protocol) @module
 */

import type { ClientServices } from "../wire/client_services.ts";
import type { GroupSettings } from "../consumer_settings.ts";
import { type GroupTopics, type Joined, joinOnce } from "./group_join.ts";
import { keepAlive } from "./heartbeat.ts";
import { codeName, isOutage, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import { Member } from "./member.ts";
import { OutageLog } from "../wire/outage_log.ts";
import { leaveGroup } from "../wire/protocol/group_api.ts";
import { Backoff, withDeadline } from "../wire/waiting.ts";

export interface MembershipEvents {
  /** Returns the topics this member subscribes to now. */
  topicsToJoin(): readonly string[];
  partitionCounts(topics: readonly string[]): Promise<GroupTopics>;
  /** `poll` should look again. */
  changed(): void;
}

export class Membership {
  readonly member: Member;
  readonly #client: ClientServices;
  readonly #settings: GroupSettings;
  readonly #consumer: MembershipEvents;
  #joining: AbortController | undefined;
  /** Resolves when the current or last join ends; never rejects. */
  #joinOver: Promise<void> = Promise.resolve();
  #beating: AbortController | undefined;
  #joined: Joined | undefined;
  #rejoinReason: string | undefined = "the member is new";
  #lost = false;
  #failure: unknown;
  #polledAt: number;
  #polling = false;

  constructor(client: ClientServices, settings: GroupSettings, consumer: MembershipEvents) {
    this.#client = client;
    this.#settings = settings;
    this.#consumer = consumer;
    this.member = new Member(settings, client.time);
    this.#polledAt = client.time.monotonic();
  }

  /** True during a rebalance that `poll` waits for. */
  get joining(): boolean {
    return this.#joining !== undefined;
  }

  /** True if partitions must be revoked and the group rejoined. */
  get needsJoin(): boolean {
    return this.#joining === undefined && this.#rejoinReason !== undefined;
  }

  /** True if partitions are lost and `lost` wasn't called yet. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Topics this member watches as the group's leader. */
  ledTopics: GroupTopics | undefined;

  /** Called when `poll` begins: it shows that the task is alive. */
  pollBegins(): void {
    this.#polling = true;
    this.#polledAt = this.#client.time.monotonic();
  }

  pollEnds(): void {
    this.#polling = false;
    this.#polledAt = this.#client.time.monotonic();
  }

  /** The permanent failure of the membership. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Requests a rebalance, which `poll` then begins. */
  requestRejoin(reason: string): void {
    this.#rejoinReason ??= reason;
    this.#consumer.changed();
  }

  /** Called after `lost` returned. */
  lossTold(): void {
    this.#lost = false;
  }

  /** Begins to join in the background; `takeJoined` has the result. */
  beginJoin(): void {
    this.#stopBeating();
    const { logger } = this.#client;
    logger.debug("joins the group", { reason: this.#rejoinReason });
    this.#rejoinReason = undefined;
    this.#joined = undefined;
    const joining = new AbortController();
    this.#joining = joining;
    this.#joinOver = this.#joinUntilDone(joining.signal).then(
      (joined) => this.#joinEnded(joining, joined),
      (cause) => {
        if (this.#joining === joining) this.#joining = undefined;
        this.#failed(cause);
      },
    );
  }

  /** Returns the result of the last join, once. */
  takeJoined(): Joined | undefined {
    const joined = this.#joined;
    this.#joined = undefined;
    return joined;
  }

  /** The coordinator said that the group continues without this member. */
  fenced(code: number): void {
    const { member } = this;
    if (!member.joined) return;
    this.#client.logger.warn("The group fenced the consumer, which rejoins", {
      code: codeName(code),
    });
    if (code === KafkaCode.illegalGeneration) member.dropGeneration();
    else member.forget();
    this.#stopBeating();
    this.#joined = undefined;
    this.#lost = true;
    if (code === KafkaCode.fencedInstanceId) {
      const { groupId, instanceId } = member.settings;
      this.#failure = new KafkaCodeError(code, `stay in group ${groupId} as instance ${instanceId}`);
    }
    this.requestRejoin(codeName(code));
  }

  /** Leaves the group; a static member stays until its session expires. Safe to call twice. */
  async leave(timeoutMs: number): Promise<void> {
    const { cluster, time, logger } = this.#client;
    this.#joining?.abort();
    this.#stopBeating();
    const end = time.monotonic() + timeoutMs;
    await this.#named(timeoutMs);
    const leftMs = Math.max(0, end - time.monotonic());
    const { identity } = this.member;
    this.member.forget();
    if (identity.memberId === "" || identity.instanceId !== null) return;
    // A join may be waiting for its answer on the group's connection, and a leave behind it would wait too.
    const left = cluster.coordinator(identity.groupId, "control")
      .then((connection) => connection.request(leaveGroup, identity, leftMs));
    const late = () => new Error(`no answer within ${timeoutMs} ms`);
    await withDeadline(time, leftMs, left, late).catch((cause) => {
      // The session timeout removes the member later.
      logger.debug("couldn't leave its group", { reason: String(cause) });
    });
  }

  /**
   * The coordinator answers a first join at once, with a member id, and then expects a join with that id for a session
   * timeout: to leave in between the member must know the id. (KIP-394)
   */
  async #named(timeoutMs: number): Promise<void> {
    const { memberId, instanceId } = this.member.identity;
    if (this.#joining === undefined || memberId !== "" || instanceId !== null) return;
    const late = () => new Error(`no member id within ${timeoutMs} ms`);
    await withDeadline(this.#client.time, timeoutMs, this.#joinOver, late).catch((cause) =>
      this.#client.logger.debug("leaves its group without a member id", { reason: String(cause) })
    );
  }

  async #joinUntilDone(signal: AbortSignal): Promise<Joined | undefined> {
    const outage = new OutageLog(this.#client.logger, "the coordinator of its group", this.#client);
    try {
      return await this.#joinUntil(signal, outage);
    } finally {
      outage.close();
    }
  }

  async #joinUntil(signal: AbortSignal, outage: OutageLog): Promise<Joined | undefined> {
    const { cluster, time } = this.#client;
    const backoff = new Backoff(time, this.#client.backoff);
    while (!signal.aborted) {
      outage.asks(Infinity); // a coordinator answers once all members have joined
      try {
        const { member } = this;
        const joined = await joinOnce({
          cluster,
          member,
          time,
          topics: this.#consumer.topicsToJoin(),
          partitionCounts: (topics) => this.#consumer.partitionCounts(topics),
        });
        outage.succeeded();
        if (joined !== undefined) return joined;
      } catch (cause) {
        if (!isOutage(cause)) throw cause;
        if (signal.aborted) break;
        cluster.forgetCoordinator(this.#settings.groupId);
        outage.failed(cause);
        await backoff.wait(signal);
      }
    }
    return undefined;
  }

  #joinEnded(joining: AbortController, joined: Joined | undefined): void {
    if (this.#joining !== joining) return;
    this.#joining = undefined;
    if (joined === undefined || joining.signal.aborted) return;
    this.#joined = joined;
    this.ledTopics = joined.ledTopics;
    this.#startBeating();
    this.#consumer.changed();
  }

  #startBeating(): void {
    const beating = new AbortController();
    this.#beating = beating;
    const events = {
      pollOverdue: () => this.#pollOverdue(),
      overdue: () => this.#leftBehind(),
      rebalance: () => this.requestRejoin("the group rebalances"),
      fenced: (code: number) => this.fenced(code),
      failed: (cause: unknown) => this.#failed(cause),
    };
    keepAlive({ ...this.#client, member: this.member, events }, beating.signal)
      .catch((cause) => this.#failed(cause));
  }

  #stopBeating(): void {
    this.#beating?.abort();
    this.#beating = undefined;
  }

  #pollOverdue(): boolean {
    const polledForMs = this.#client.time.monotonic() - this.#polledAt;
    return !this.#polling && polledForMs > this.#settings.maxPollIntervalMs;
  }

  /** No `poll` in time: the partitions go to other members, and the next poll rejoins. */
  #leftBehind(): void {
    const settings = this.#settings;
    this.#client.logger.warn(
      "The consumer left its group, because the time between two polls was longer than max.poll.interval.ms: raise it, or " +
        "lower max.poll.records",
      { maxPollIntervalMs: settings.maxPollIntervalMs },
    );
    this.#joined = undefined;
    this.#lost = true;
    this.leave(settings.sessionTimeoutMs).catch((cause) => this.#failed(cause));
    this.requestRejoin("no poll within max.poll.interval.ms");
  }

  #failed(cause: unknown): void {
    this.#failure = cause;
    if (this.member.joined) this.#lost = true;
    this.#joined = undefined;
    this.member.forget();
    this.#consumer.changed();
  }
}
